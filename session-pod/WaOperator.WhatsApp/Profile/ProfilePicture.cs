namespace WaOperator.WhatsApp;

/// <summary>The picture of an account or a group, as the server has it.</summary>
/// <param name="Id">Names it; another picture has another id.</param>
/// <param name="Url">Where the JPEG is, at the server's media hosts. It expires after some days.</param>
/// <param name="Preview">It is the small form of it.</param>
public sealed record ProfilePicture(string Id, string Url, bool Preview)
{
    /// <summary>The longest picture that is set here, in bytes. WhatsApp's own clients send far less.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>The widest and highest picture that is set here, in pixels. WhatsApp's own clients send squares of 640.</summary>
    public const int MaxPixels = 2048;

    /// <summary>Says why these bytes cannot be set as a picture; null: they may, though the server has its own mind.</summary>
    /// <param name="bytes">A whole JPEG. It is not decoded: only its head is read.</param>
    public static string? FaultOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxBytes)
            return $"it has {bytes.Length} bytes; a picture may have {MaxBytes}";
        if (!Profile.JpegHead.TryRead(bytes, out var width, out var height))
            return "it is no JPEG; nothing is converted here, so send a JPEG, best a square of 640 pixels";
        return width > MaxPixels || height > MaxPixels
            ? $"it is {width} times {height} pixels; a picture may have {MaxPixels} each way, and WhatsApp's own clients send squares of 640"
            : null;
    }
}
