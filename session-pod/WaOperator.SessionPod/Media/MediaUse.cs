using Microsoft.Net.Http.Headers;
using WaOperator.WhatsApp.Media;

namespace WaOperator.SessionPod.Media;

/// <summary>As what a file is sent.</summary>
internal enum MediaUse
{
    /// <summary>A picture.</summary>
    Image,

    /// <summary>A video, with sound or played as a GIF.</summary>
    Video,

    /// <summary>A voice note: Opus in Ogg.</summary>
    Voice,

    /// <summary>A sound file.</summary>
    Audio,

    /// <summary>Any file.</summary>
    Document,

    /// <summary>A sticker: WebP.</summary>
    Sticker,
}

/// <summary>What the uses of files have to do with their types. Pure.</summary>
internal static class MediaUses
{
    /// <summary>All of them, as requests name them.</summary>
    public const string Names = "image, video, voice, audio, document or sticker";

    /// <summary>The use of that name.</summary>
    public static bool TryParse(string? name, out MediaUse use)
    {
        (use, var known) = name switch
        {
            "image" => (MediaUse.Image, true),
            "video" => (MediaUse.Video, true),
            "voice" => (MediaUse.Voice, true),
            "audio" => (MediaUse.Audio, true),
            "document" => (MediaUse.Document, true),
            "sticker" => (MediaUse.Sticker, true),
            _ => (default, false),
        };
        return known;
    }

    /// <summary>What a file of a type is sent as where nothing is said. Pictures and sounds that clients do not show are documents.</summary>
    public static MediaUse Of(string type) =>
        Bare(type) switch
        {
            "image/jpeg" or "image/png" => MediaUse.Image,
            "image/webp" => MediaUse.Sticker,
            "video/mp4" or "video/3gpp" => MediaUse.Video,
            "audio/ogg" or "audio/mpeg" or "audio/mp4" or "audio/aac" or "audio/amr" =>
                MediaUse.Audio,
            _ => MediaUse.Document,
        };

    /// <summary>How WhatsApp stores it, which decides the keys.</summary>
    public static MediaKind Kind(this MediaUse use) =>
        use switch
        {
            MediaUse.Image => MediaKind.Image,
            MediaUse.Video => MediaKind.Video,
            MediaUse.Voice or MediaUse.Audio => MediaKind.Audio,
            MediaUse.Sticker => MediaKind.Sticker,
            _ => MediaKind.Document,
        };

    /// <summary>Why a file cannot be sent so, in a sentence; null: it can.</summary>
    /// <param name="use">As what.</param>
    /// <param name="head">Its first bytes, <see cref="FileType.HeadSize"/> of them where there are as many.</param>
    /// <param name="told">The type that its sender gives; without marks in the bytes it counts.</param>
    /// <param name="type">The type as which it is sent.</param>
    public static string? Mismatch(
        MediaUse use,
        ReadOnlySpan<byte> head,
        string? told,
        out string type
    )
    {
        var seen = FileType.Of("", head, told);
        // Opus without its codec is what most programs say of a voice note.
        type = use switch
        {
            MediaUse.Document => told ?? seen,
            MediaUse.Voice when Bare(seen) == "audio/ogg" && FileMarks.Of(head) is null =>
                FileType.Voice,
            _ => seen,
        };
        return FileType.Mismatch(use.Kind(), use == MediaUse.Voice, type);
    }

    private static string Bare(string type) =>
        MediaTypeHeaderValue.TryParse(type, out var parsed)
            ? parsed.MediaType.ToString().ToLowerInvariant()
            : "";
}
