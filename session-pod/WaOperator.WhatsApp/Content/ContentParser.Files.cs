using Google.Protobuf;
using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Content;

/// <content>Files. A file without a usable key, hash or address has no <see cref="ReceivedContent.Media"/>.</content>
internal static partial class ContentParser
{
    private const int KeySize = 32;
    private const int HashSize = 32;

    private static ReceivedContent OfFile(Message m)
    {
        var (kind, media, info, viewOnce) = m switch
        {
            { ImageMessage: { } image } => OfImage(image),
            { VideoMessage: { } video } => OfVideo(video, ContentKind.Video),
            { PtvMessage: { } video } => OfVideo(video, ContentKind.VideoNote),
            { AudioMessage: { } audio } => OfAudio(audio),
            { DocumentMessage: { } document } => OfDocument(document),
            _ => OfSticker(m.StickerMessage),
        };
        return New(m, kind) with
        {
            Media = IsUsable(media) ? media : null,
            Caption = info.Caption,
            MediaInfo = info with { Caption = null },
            ViewOnce = viewOnce,
        };
    }

    private static bool IsUsable(MediaReference media) =>
        media.MediaKey.Length == KeySize
        && media.FileSha256.Length == HashSize
        && media.FileEncSha256.Length == HashSize
        && media.FileLength >= 0
        && (media.DirectPath ?? media.Url) is not null;

    private static (ContentKind, MediaReference, MediaInfo, bool ViewOnce) OfImage(
        ImageMessage image
    ) =>
        (
            ContentKind.Image,
            Reference(
                MediaKind.Image,
                image.DirectPath,
                image.Url,
                image.MediaKey,
                image.FileSha256,
                image.FileEncSha256,
                image.FileLength,
                image.MediaKeyTimestamp
            ),
            new()
            {
                MimeType = Given(image.Mimetype),
                Caption = Given(image.Caption),
                Width = Number(image.HasWidth, image.Width),
                Height = Number(image.HasHeight, image.Height),
                Thumbnail = Given(image.JpegThumbnail),
            },
            image.ViewOnce
        );

    private static (ContentKind, MediaReference, MediaInfo, bool ViewOnce) OfVideo(
        VideoMessage video,
        ContentKind kind
    ) =>
        (
            kind,
            Reference(
                MediaKind.Video,
                video.DirectPath,
                video.Url,
                video.MediaKey,
                video.FileSha256,
                video.FileEncSha256,
                video.FileLength,
                video.MediaKeyTimestamp
            ) with
            {
                StreamingSidecar = Given(video.StreamingSidecar),
            },
            new()
            {
                MimeType = Given(video.Mimetype),
                Caption = Given(video.Caption),
                Width = Number(video.HasWidth, video.Width),
                Height = Number(video.HasHeight, video.Height),
                Seconds = Number(video.HasSeconds, video.Seconds),
                Thumbnail = Given(video.JpegThumbnail),
                Animated = video.GifPlayback,
            },
            video.ViewOnce
        );

    private static (ContentKind, MediaReference, MediaInfo, bool ViewOnce) OfAudio(
        AudioMessage audio
    ) =>
        (
            audio.Ptt ? ContentKind.VoiceNote : ContentKind.Audio,
            Reference(
                MediaKind.Audio,
                audio.DirectPath,
                audio.Url,
                audio.MediaKey,
                audio.FileSha256,
                audio.FileEncSha256,
                audio.FileLength,
                audio.MediaKeyTimestamp
            ) with
            {
                StreamingSidecar = Given(audio.StreamingSidecar),
            },
            new()
            {
                MimeType = Given(audio.Mimetype),
                Seconds = Number(audio.HasSeconds, audio.Seconds),
                Waveform = Given(audio.Waveform),
            },
            audio.ViewOnce
        );

    private static (ContentKind, MediaReference, MediaInfo, bool ViewOnce) OfDocument(
        DocumentMessage document
    ) =>
        (
            ContentKind.Document,
            Reference(
                MediaKind.Document,
                document.DirectPath,
                document.Url,
                document.MediaKey,
                document.FileSha256,
                document.FileEncSha256,
                document.FileLength,
                document.MediaKeyTimestamp
            ),
            new()
            {
                MimeType = Given(document.Mimetype),
                Caption = Given(document.Caption),
                FileName = Given(document.FileName) ?? Given(document.Title),
                Pages = Number(document.HasPageCount, document.PageCount),
                Thumbnail = Given(document.JpegThumbnail),
            },
            false
        );

    private static (ContentKind, MediaReference, MediaInfo, bool ViewOnce) OfSticker(
        StickerMessage sticker
    ) =>
        (
            ContentKind.Sticker,
            Reference(
                MediaKind.Sticker,
                sticker.DirectPath,
                sticker.Url,
                sticker.MediaKey,
                sticker.FileSha256,
                sticker.FileEncSha256,
                sticker.FileLength,
                sticker.MediaKeyTimestamp
            ),
            new()
            {
                MimeType = Given(sticker.Mimetype),
                Width = Number(sticker.HasWidth, sticker.Width),
                Height = Number(sticker.HasHeight, sticker.Height),
                Thumbnail = Given(sticker.PngThumbnail),
                Animated = sticker.IsAnimated,
            },
            false
        );

    private static MediaReference Reference(
        MediaKind kind,
        string directPath,
        string url,
        ByteString key,
        ByteString sha256,
        ByteString encSha256,
        ulong length,
        long keyTimestamp
    ) =>
        new()
        {
            Kind = kind,
            DirectPath = Given(directPath),
            Url = Given(url),
            MediaKey = key.ToByteArray(),
            FileSha256 = sha256.ToByteArray(),
            FileEncSha256 = encSha256.ToByteArray(),
            FileLength = length <= long.MaxValue ? (long)length : -1,
            MediaKeyTimestamp = keyTimestamp,
        };
}
