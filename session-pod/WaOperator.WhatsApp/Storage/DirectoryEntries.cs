using System.ComponentModel;
using System.Runtime.InteropServices;

namespace WaOperator.WhatsApp.Storage;

/// <summary>
/// Names of files on the disk. A file that was written and flushed can still be gone after a power cut, or its former content be back,
/// while the directory that names it is only in memory; .NET flushes files alone.
/// </summary>
internal static partial class DirectoryEntries
{
    private const int ReadOnly = 0;

    /// <summary>Puts a file in the place of another, for good.</summary>
    /// <param name="source">The new one, flushed.</param>
    /// <param name="target">The place; in the same directory.</param>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static void Replace(string source, string target)
    {
        File.Move(source, target, overwrite: true);
        Flush(Path.GetDirectoryName(target)!);
    }

    /// <summary>Writes a directory's names to the disk. Windows does that by itself.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static void Flush(string directory)
    {
        if (OperatingSystem.IsWindows())
            return;
        var handle = Open(directory, ReadOnly);
        if (handle < 0)
            throw Failure(directory);
        try
        {
            if (Synchronize(handle) != 0)
                throw Failure(directory);
        }
        finally
        {
            _ = Close(handle);
        }
    }

    private static IOException Failure(string directory)
    {
        var error = Marshal.GetLastPInvokeError();
        return new(
            $"{directory} cannot be written to the disk: {new Win32Exception(error).Message}"
        );
    }

    [LibraryImport(
        "libc",
        EntryPoint = "open",
        SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8
    )]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Synchronize(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);
}
