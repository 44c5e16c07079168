using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Media;

namespace WaOperator.SessionPod.Media;

/// <summary>The files of an event. Pure.</summary>
internal static class EventFiles
{
    private const string Unknown = "application/octet-stream";

    /// <summary>The file of that id; null: the event has none.</summary>
    public static StoredMedia? Find(SessionEvent e, MediaId id)
    {
        if (e is not MessageReceived message)
            return null;
        foreach (var content in All(message.Content))
            if (content.Media is { } file && id.Names(file))
                return new()
                {
                    Use = UseOf(content.Kind, file),
                    MimeType = content.MediaInfo?.MimeType ?? Unknown,
                    FileName = content.MediaInfo?.FileName,
                    File = file,
                    // A quote has only what its author copied: the phone is asked for the message itself.
                    Message = content == message.Content ? Reference(message.Head) : null,
                    Received = true,
                };
        return null;
    }

    private static IEnumerable<ReceivedContent> All(ReceivedContent content)
    {
        yield return content;
        foreach (var inner in (ReceivedContent?[])[content.Edited, content.Quoted?.Content])
            if (inner is not null)
                foreach (var one in All(inner))
                    yield return one;
    }

    private static MessageReference Reference(MessageHead head) =>
        new(head.Chat, head.Id, head.FromMe, head.InGroup ? head.Sender : null);

    private static MediaUse UseOf(ContentKind kind, MediaReference file) =>
        file.Kind switch
        {
            MediaKind.Image => MediaUse.Image,
            MediaKind.Video => MediaUse.Video,
            MediaKind.Audio when kind == ContentKind.VoiceNote => MediaUse.Voice,
            MediaKind.Audio => MediaUse.Audio,
            MediaKind.Sticker => MediaUse.Sticker,
            _ => MediaUse.Document,
        };
}
