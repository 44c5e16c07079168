namespace WaOperator.WhatsApp.Media;

/// <summary>What a stored file is: it decides the keys, and where the file is stored.</summary>
public enum MediaKind
{
    /// <summary>A picture.</summary>
    Image,

    /// <summary>A video, with sound or played as a GIF.</summary>
    Video,

    /// <summary>A sound file or voice note.</summary>
    Audio,

    /// <summary>Any other file.</summary>
    Document,

    /// <summary>A sticker; it has the keys of a picture.</summary>
    Sticker,

    /// <summary>The large picture of a link preview.</summary>
    LinkThumbnail,

    /// <summary>A part of the history that the phone gives to a new device.</summary>
    History,

    /// <summary>A snapshot or a large patch of the app state.</summary>
    AppState,
}

/// <summary>The names that a kind has in the protocol.</summary>
internal static class MediaKinds
{
    /// <summary>The HKDF info from which a file's keys are derived.</summary>
    public static ReadOnlySpan<byte> KeyInfo(this MediaKind kind) =>
        kind switch
        {
            MediaKind.Image or MediaKind.Sticker => "WhatsApp Image Keys"u8,
            MediaKind.Video => "WhatsApp Video Keys"u8,
            MediaKind.Audio => "WhatsApp Audio Keys"u8,
            MediaKind.Document => "WhatsApp Document Keys"u8,
            MediaKind.LinkThumbnail => "WhatsApp Link Thumbnail Keys"u8,
            MediaKind.History => "WhatsApp History Keys"u8,
            MediaKind.AppState => "WhatsApp App State Keys"u8,
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No kind of media."),
        };

    /// <summary>The kind's name in addresses: /mms/NAME/ and mms-type=NAME.</summary>
    public static string MmsType(this MediaKind kind) =>
        kind switch
        {
            MediaKind.Image or MediaKind.Sticker => "image",
            MediaKind.Video => "video",
            MediaKind.Audio => "audio",
            MediaKind.Document => "document",
            MediaKind.LinkThumbnail => "thumbnail-link",
            MediaKind.History => "md-msg-hist",
            MediaKind.AppState => "md-app-state",
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "No kind of media."),
        };
}
