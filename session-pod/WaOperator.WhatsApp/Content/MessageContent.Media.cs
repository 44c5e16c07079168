using System.Text.Json.Serialization;
using Google.Protobuf;
using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Content;

/// <summary>What is known of a file beside its bytes. All optional; what a kind has no place for is left out.</summary>
public sealed record MediaInfo
{
    /// <summary>Nothing is known.</summary>
    public static MediaInfo None { get; } = new();

    /// <summary>The MIME type. Default by kind: image/jpeg, video/mp4, audio/ogg; codecs=opus, image/webp, application/octet-stream.</summary>
    public string? MimeType { get; init; }

    /// <summary>The text under it (picture, video, document).</summary>
    public string? Caption { get; init; }

    /// <summary>The name of a document.</summary>
    public string? FileName { get; init; }

    /// <summary>Width in pixels.</summary>
    public int? Width { get; init; }

    /// <summary>Height in pixels.</summary>
    public int? Height { get; init; }

    /// <summary>Length in seconds (video, audio).</summary>
    public int? Seconds { get; init; }

    /// <summary>Pages of a document.</summary>
    public int? Pages { get; init; }

    /// <summary>A small JPEG (a sticker: PNG) that is shown until the file is loaded.</summary>
    public byte[]? Thumbnail { get; init; }

    /// <summary>The loudness of a voice note: 64 values, 0 to 100.</summary>
    public byte[]? Waveform { get; init; }

    /// <summary>A video that plays as a GIF, a sticker that moves.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Animated { get; init; }
}

/// <content>Files.</content>
public sealed partial class MessageContent
{
    private const string Opus = "audio/ogg; codecs=opus";

    /// <summary>A picture.</summary>
    public static MessageContent Image(MediaReference file, MediaInfo? info = null)
    {
        var image = new ImageMessage();
        Copy(image, file, info ??= MediaInfo.None, "image/jpeg");
        return new(new() { ImageMessage = image });
    }

    /// <summary>A video; with <see cref="MediaInfo.Animated"/> it plays as a GIF.</summary>
    public static MessageContent Video(MediaReference file, MediaInfo? info = null)
    {
        var video = new VideoMessage();
        Copy(video, file, info ??= MediaInfo.None, "video/mp4");
        return new(new() { VideoMessage = video });
    }

    /// <summary>A sound file.</summary>
    public static MessageContent Audio(MediaReference file, MediaInfo? info = null) =>
        Sound(file, info ?? MediaInfo.None, isVoiceNote: false);

    /// <summary>A voice note: Opus in Ogg.</summary>
    public static MessageContent VoiceNote(MediaReference file, MediaInfo? info = null) =>
        Sound(file, info ?? MediaInfo.None, isVoiceNote: true);

    /// <summary>Any file.</summary>
    public static MessageContent Document(MediaReference file, MediaInfo? info = null)
    {
        info ??= MediaInfo.None;
        var document = new DocumentMessage
        {
            Mimetype = info.MimeType ?? "application/octet-stream",
            FileName = info.FileName ?? "file",
            Title = info.FileName ?? "file",
            FileSha256 = ByteString.CopyFrom(file.FileSha256),
            FileLength = (ulong)file.FileLength,
            MediaKey = ByteString.CopyFrom(file.MediaKey),
            FileEncSha256 = ByteString.CopyFrom(file.FileEncSha256),
            MediaKeyTimestamp = file.MediaKeyTimestamp,
        };
        Set(file.Url, v => document.Url = v);
        Set(file.DirectPath, v => document.DirectPath = v);
        Set(Bytes(info.Thumbnail), v => document.JpegThumbnail = v);
        Set(info.Pages, v => document.PageCount = (uint)v);
        var message = new Message { DocumentMessage = document };
        if (info.Caption is not { } caption)
            return new(message);
        document.Caption = caption;
        return new(new() { DocumentWithCaptionMessage = new() { Message = message } });
    }

    /// <summary>A sticker: WebP.</summary>
    public static MessageContent Sticker(MediaReference file, MediaInfo? info = null)
    {
        info ??= MediaInfo.None;
        var sticker = new StickerMessage
        {
            Mimetype = info.MimeType ?? "image/webp",
            FileSha256 = ByteString.CopyFrom(file.FileSha256),
            FileLength = (ulong)file.FileLength,
            MediaKey = ByteString.CopyFrom(file.MediaKey),
            FileEncSha256 = ByteString.CopyFrom(file.FileEncSha256),
            MediaKeyTimestamp = file.MediaKeyTimestamp,
            IsAnimated = info.Animated,
        };
        Set(file.Url, v => sticker.Url = v);
        Set(file.DirectPath, v => sticker.DirectPath = v);
        Set(Bytes(info.Thumbnail), v => sticker.PngThumbnail = v);
        Set(info.Width, v => sticker.Width = (uint)v);
        Set(info.Height, v => sticker.Height = (uint)v);
        return new(new() { StickerMessage = sticker });
    }

    private static void Copy(ImageMessage image, MediaReference file, MediaInfo info, string mime)
    {
        image.Mimetype = info.MimeType ?? mime;
        image.FileSha256 = ByteString.CopyFrom(file.FileSha256);
        image.FileLength = (ulong)file.FileLength;
        image.MediaKey = ByteString.CopyFrom(file.MediaKey);
        image.FileEncSha256 = ByteString.CopyFrom(file.FileEncSha256);
        image.MediaKeyTimestamp = file.MediaKeyTimestamp;
        Set(file.Url, v => image.Url = v);
        Set(file.DirectPath, v => image.DirectPath = v);
        Set(info.Caption, v => image.Caption = v);
        Set(Bytes(info.Thumbnail), v => image.JpegThumbnail = v);
        Set(info.Width, v => image.Width = (uint)v);
        Set(info.Height, v => image.Height = (uint)v);
    }

    private static void Copy(VideoMessage video, MediaReference file, MediaInfo info, string mime)
    {
        video.Mimetype = info.MimeType ?? mime;
        video.FileSha256 = ByteString.CopyFrom(file.FileSha256);
        video.FileLength = (ulong)file.FileLength;
        video.MediaKey = ByteString.CopyFrom(file.MediaKey);
        video.FileEncSha256 = ByteString.CopyFrom(file.FileEncSha256);
        video.MediaKeyTimestamp = file.MediaKeyTimestamp;
        video.GifPlayback = info.Animated;
        Set(file.Url, v => video.Url = v);
        Set(file.DirectPath, v => video.DirectPath = v);
        Set(Bytes(file.StreamingSidecar), v => video.StreamingSidecar = v);
        Set(info.Caption, v => video.Caption = v);
        Set(Bytes(info.Thumbnail), v => video.JpegThumbnail = v);
        Set(info.Width, v => video.Width = (uint)v);
        Set(info.Height, v => video.Height = (uint)v);
        Set(info.Seconds, v => video.Seconds = (uint)v);
    }

    private static MessageContent Sound(MediaReference file, MediaInfo info, bool isVoiceNote)
    {
        var audio = new AudioMessage
        {
            Mimetype = info.MimeType ?? Opus,
            Ptt = isVoiceNote,
            FileSha256 = ByteString.CopyFrom(file.FileSha256),
            FileLength = (ulong)file.FileLength,
            MediaKey = ByteString.CopyFrom(file.MediaKey),
            FileEncSha256 = ByteString.CopyFrom(file.FileEncSha256),
            MediaKeyTimestamp = file.MediaKeyTimestamp,
        };
        Set(file.Url, v => audio.Url = v);
        Set(file.DirectPath, v => audio.DirectPath = v);
        Set(Bytes(file.StreamingSidecar), v => audio.StreamingSidecar = v);
        Set(info.Seconds, v => audio.Seconds = (uint)v);
        Set(Bytes(info.Waveform), v => audio.Waveform = v);
        return new(new() { AudioMessage = audio });
    }

    /// <summary>Fields of a proto2 message cannot be set to null.</summary>
    private static void Set<T>(T? value, Action<T> set)
        where T : class
    {
        if (value is not null)
            set(value);
    }

    private static void Set(int? value, Action<int> set)
    {
        if (value is { } number)
            set(number);
    }
}
