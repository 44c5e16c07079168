namespace WaOperator.WhatsApp.Media;

/// <summary>
/// A file without a name that holds what is about to be uploaded. An upload's address contains the hash of the whole,
/// which is known only at its end; the ciphertext therefore waits on disk rather than in memory, and the source needs
/// to be read once only.
/// </summary>
internal static class Spool
{
    public static FileStream Create(string folder)
    {
        var path = Path.Combine(folder, $"wa-upload-{Guid.NewGuid():N}");
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Delete,
            BufferSize = 0,
            Options = FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var stream = new FileStream(path, options);
        try
        {
            // It lives as long as it is open, and no longer: a killed process leaves nothing behind.
            File.Delete(path);
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }
}
