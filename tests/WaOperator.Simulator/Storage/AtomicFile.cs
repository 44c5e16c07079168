namespace WaOperator.Simulator.Storage;

/// <summary>Writes a file so that a reader sees the old or the new content, never a part.</summary>
public static class AtomicFile
{
    /// <summary>Writes text; makes the directory if it is missing.</summary>
    public static void Write(string path, string text) =>
        Write(path, System.Text.Encoding.UTF8.GetBytes(text));

    /// <inheritdoc cref="Write(string, string)"/>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var full = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        var temporary = $"{full}.{Environment.ProcessId}.tmp";
        File.WriteAllBytes(temporary, content);
        File.Move(temporary, full, overwrite: true);
    }
}
