namespace WaOperator.WhatsApp.Media;

/// <summary>What the first bytes of a file tell: marks from the formats' specifications. Pure.</summary>
internal static class FileMarks
{
    public const string Zip = "application/zip";
    public const string Ole = "application/x-ole-storage";
    public const string Mp4 = "video/mp4";
    public const string Ogg = "audio/ogg";

    private const int OggPayload = 28;
    private const int Brand = 8;

    /// <summary>The type; null: no known mark.</summary>
    public static string? Of(ReadOnlySpan<byte> head) =>
        head switch
        {
            [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
            [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => "image/png",
            [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => "image/gif",
            [(byte)'R', (byte)'I', (byte)'F', (byte)'F', ..] => OfRiff(head),
            [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', ..] => OfBrand(head),
            [(byte)'O', (byte)'g', (byte)'g', (byte)'S', ..] => OfOgg(head),
            [0x1A, 0x45, 0xDF, 0xA3, ..] => head.IndexOf("webm"u8) >= 0
                ? "video/webm"
                : "video/x-matroska",
            [(byte)'I', (byte)'D', (byte)'3', ..] => "audio/mpeg",
            [0xFF, 0xFB or 0xF3 or 0xF2 or 0xFA, ..] => "audio/mpeg",
            [0xFF, 0xF1 or 0xF9, ..] => "audio/aac",
            [(byte)'f', (byte)'L', (byte)'a', (byte)'C', ..] => "audio/flac",
            [(byte)'#', (byte)'!', (byte)'A', (byte)'M', (byte)'R', ..] => "audio/amr",
            [(byte)'%', (byte)'P', (byte)'D', (byte)'F', (byte)'-', ..] => "application/pdf",
            [(byte)'P', (byte)'K', 3 or 5 or 7, 4 or 6 or 8, ..] => Zip,
            [0xD0, 0xCF, 0x11, 0xE0, ..] => Ole,
            [0x1F, 0x8B, ..] => "application/gzip",
            [(byte)'R', (byte)'a', (byte)'r', (byte)'!', ..] => "application/vnd.rar",
            [(byte)'7', (byte)'z', 0xBC, 0xAF, 0x27, 0x1C, ..] => "application/x-7z-compressed",
            [(byte)'I', (byte)'I', 0x2A, 0, ..] or [(byte)'M', (byte)'M', 0, 0x2A, ..] =>
                "image/tiff",
            [(byte)'{', (byte)'\\', (byte)'r', (byte)'t', (byte)'f', ..] => "application/rtf",
            _ => null,
        };

    private static string? OfRiff(ReadOnlySpan<byte> head) =>
        head.Length < Brand + 4 ? null
        : head[Brand..].StartsWith("WEBP"u8) ? "image/webp"
        : head[Brand..].StartsWith("WAVE"u8) ? "audio/wav"
        : head[Brand..].StartsWith("AVI "u8) ? "video/x-msvideo"
        : null;

    private static string OfOgg(ReadOnlySpan<byte> head) =>
        head.Length <= OggPayload ? Ogg
        : head[OggPayload..].StartsWith("OpusHead"u8) ? FileType.Voice
        : head[OggPayload] == 0x80 && head[(OggPayload + 1)..].StartsWith("theora"u8) ? "video/ogg"
        : Ogg;

    // ISO base media: the major brand says what is in the boxes.
    private static string OfBrand(ReadOnlySpan<byte> head)
    {
        var brand = head.Length < Brand + 4 ? default : head.Slice(Brand, 4);
        if (
            brand.SequenceEqual("heic"u8)
            || brand.SequenceEqual("heix"u8)
            || brand.SequenceEqual("hevc"u8)
            || brand.SequenceEqual("heim"u8)
            || brand.SequenceEqual("heis"u8)
        )
            return "image/heic";
        if (brand.SequenceEqual("mif1"u8) || brand.SequenceEqual("msf1"u8))
            return head.IndexOf("avif"u8) >= 0 ? "image/avif"
                : head.IndexOf("heic"u8) >= 0 ? "image/heic"
                : "image/heif";
        if (brand.SequenceEqual("avif"u8) || brand.SequenceEqual("avis"u8))
            return "image/avif";
        if (brand.StartsWith("M4A"u8) || brand.StartsWith("M4B"u8))
            return "audio/mp4";
        if (brand.StartsWith("qt"u8))
            return "video/quicktime";
        return brand.StartsWith("3g"u8) ? "video/3gpp" : Mp4;
    }
}
