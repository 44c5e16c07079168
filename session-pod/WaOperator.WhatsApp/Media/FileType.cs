namespace WaOperator.WhatsApp.Media;

/// <summary>The MIME type of a file, by its first bytes and its name, and as what it can be sent. Pure.</summary>
internal static class FileType
{
    /// <summary>Of a file that neither its bytes nor its name identify.</summary>
    public const string Unknown = "application/octet-stream";

    /// <summary>Opus in Ogg: what a voice note is.</summary>
    public const string Voice = "audio/ogg; codecs=opus";

    /// <summary>How many of a file's first bytes are looked at; fewer are all there are.</summary>
    public const int HeadSize = 512;

    /// <summary>
    /// The type of a file. The bytes decide; the name decides what they do not tell: which document a ZIP archive is, whether an MP4
    /// file is a film or a sound, and the type of what has no mark of its own, such as text.
    /// </summary>
    /// <param name="name">The file's name or path; its extension counts.</param>
    /// <param name="head">The file's first bytes, <see cref="HeadSize"/> of them.</param>
    /// <param name="told">What its sender says it is; taken before the name where the bytes have no mark. Null: nothing.</param>
    public static string Of(string name, ReadOnlySpan<byte> head, string? told = null)
    {
        var named = FileNames.Of(Path.GetExtension(name));
        if (FileMarks.Of(head) is not { } marked)
            return told ?? named?.Type ?? Unknown;
        return named is { } known && known.Container == marked ? known.Type : marked;
    }

    /// <summary>Why a file of a type cannot be sent as this kind, in a sentence; null: it can.</summary>
    /// <param name="kind">As what it is to be sent.</param>
    /// <param name="voice">Whether as a voice note.</param>
    /// <param name="type">Its type; of an <see cref="Unknown"/> one the sender's word is taken.</param>
    public static string? Mismatch(MediaKind kind, bool voice, string type)
    {
        if (type == Unknown)
            return null;
        var wanted = kind switch
        {
            MediaKind.Image => "image/",
            MediaKind.Video => "video/",
            MediaKind.Audio when voice => Voice,
            MediaKind.Audio => "audio/",
            MediaKind.Sticker => "image/webp",
            _ => "",
        };
        if (type.StartsWith(wanted, StringComparison.OrdinalIgnoreCase))
            return null;
        return kind switch
        {
            MediaKind.Audio when voice =>
                $"The file is {type}, and a voice note is Opus in Ogg: convert it, or send it as audio without 'voice'.",
            MediaKind.Sticker =>
                $"The file is {type}, and a sticker is WebP: convert it, or send it as a document.",
            _ =>
                $"The file is {type}, which is no {kind.ToString().ToLowerInvariant()}: send it as a document.",
        };
    }
}
