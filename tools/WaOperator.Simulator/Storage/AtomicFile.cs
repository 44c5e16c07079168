namespace WaOperator.Simulator.Storage;

/// <summary>Writes a file so that a reader sees the old or the new content, never a part.</summary>
internal static class AtomicFile
{
    /// <summary>Phones' private keys stand in these files, though they are worth something to this simulator only.</summary>
    private static FileStreamOptions OwnerOnly()
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }

    /// <summary>Writes text; makes the directory if it is missing.</summary>
    public static void Write(string path, string text) =>
        Write(path, System.Text.Encoding.UTF8.GetBytes(text));

    /// <inheritdoc cref="Write(string, string)"/>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        var temporary = $"{full}.{Environment.ProcessId}.tmp";
        using (var file = new FileStream(temporary, OwnerOnly()))
            file.Write(content);
        File.Move(temporary, full, overwrite: true);
    }
}
