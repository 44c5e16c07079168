namespace WaOperator.WhatsApp.Media;

/// <summary>
/// Where a file is stored, and the keys and hashes to read it: what an upload gives and what a message carries.
/// Anyone who has it can read the file.
/// </summary>
public sealed record MediaReference
{
    /// <summary>What the file is.</summary>
    public required MediaKind Kind { get; init; }

    /// <summary>The path on the media hosts, with a query. At least one of this and <see cref="Url"/> is there.</summary>
    public string? DirectPath { get; init; }

    /// <summary>The whole address, if the sender gave one. <see cref="DirectPath"/> is tried first: an address names one host only.</summary>
    public string? Url { get; init; }

    /// <summary>The key that all of the file's keys come from, 32 bytes.</summary>
    public required byte[] MediaKey { get; init; }

    /// <summary>SHA-256 of the file.</summary>
    public required byte[] FileSha256 { get; init; }

    /// <summary>SHA-256 of the stored form: ciphertext and MAC.</summary>
    public required byte[] FileEncSha256 { get; init; }

    /// <summary>The file's length in bytes. What a peer says: not to be trusted.</summary>
    public required long FileLength { get; init; }

    /// <summary>When the media key was made, in seconds since 1970.</summary>
    public long MediaKeyTimestamp { get; init; }

    /// <summary>For video and audio: a MAC for each 64 KiB, so that players can seek; null: none.</summary>
    public byte[]? StreamingSidecar { get; init; }

    /// <summary>Without keys and address.</summary>
    public override string ToString() => $"{Kind}, {FileLength} bytes";
}
