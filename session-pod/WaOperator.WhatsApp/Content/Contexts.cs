using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Content;

/// <summary>Where each kind of message keeps its context: quote, mentions, expiration. Pure.</summary>
internal static class Contexts
{
    /// <summary>The context of an unwrapped message, or null.</summary>
    public static ContextInfo? Get(Message m) =>
        m.ExtendedTextMessage?.ContextInfo
        ?? m.ImageMessage?.ContextInfo
        ?? m.VideoMessage?.ContextInfo
        ?? m.PtvMessage?.ContextInfo
        ?? m.AudioMessage?.ContextInfo
        ?? m.DocumentMessage?.ContextInfo
        ?? m.StickerMessage?.ContextInfo
        ?? m.LocationMessage?.ContextInfo
        ?? m.LiveLocationMessage?.ContextInfo
        ?? m.ContactMessage?.ContextInfo
        ?? m.ContactsArrayMessage?.ContextInfo
        ?? m.GroupInviteMessage?.ContextInfo
        ?? StanzaTraits.PollOf(m)?.ContextInfo;

    /// <summary>The context of an unwrapped message, made if it can have one; a plain text becomes one that can.</summary>
    public static ContextInfo? GetOrAdd(Message m)
    {
        if (m.HasConversation)
        {
            m.ExtendedTextMessage = new() { Text = m.Conversation };
            m.ClearConversation();
        }
        return m switch
        {
            { ExtendedTextMessage: { } text } => text.ContextInfo ??= new(),
            { ImageMessage: { } image } => image.ContextInfo ??= new(),
            { VideoMessage: { } video } => video.ContextInfo ??= new(),
            { AudioMessage: { } audio } => audio.ContextInfo ??= new(),
            { DocumentMessage: { } document } => document.ContextInfo ??= new(),
            { StickerMessage: { } sticker } => sticker.ContextInfo ??= new(),
            { LocationMessage: { } location } => location.ContextInfo ??= new(),
            { ContactMessage: { } contact } => contact.ContextInfo ??= new(),
            { ContactsArrayMessage: { } contacts } => contacts.ContextInfo ??= new(),
            { GroupInviteMessage: { } invite } => invite.ContextInfo ??= new(),
            _ when StanzaTraits.PollOf(m) is { } poll => poll.ContextInfo ??= new(),
            _ => null,
        };
    }

    /// <summary>Takes the context away: a quoted message is shown without what it quotes itself.</summary>
    public static void Remove(Message m)
    {
        if (Get(m) is null)
            return;
        _ = m switch
        {
            { ExtendedTextMessage: { } text } => text.ContextInfo = null,
            { ImageMessage: { } image } => image.ContextInfo = null,
            { VideoMessage: { } video } => video.ContextInfo = null,
            { PtvMessage: { } video } => video.ContextInfo = null,
            { AudioMessage: { } audio } => audio.ContextInfo = null,
            { DocumentMessage: { } document } => document.ContextInfo = null,
            { StickerMessage: { } sticker } => sticker.ContextInfo = null,
            { LocationMessage: { } location } => location.ContextInfo = null,
            { LiveLocationMessage: { } location } => location.ContextInfo = null,
            { ContactMessage: { } contact } => contact.ContextInfo = null,
            { ContactsArrayMessage: { } contacts } => contacts.ContextInfo = null,
            { GroupInviteMessage: { } invite } => invite.ContextInfo = null,
            _ => StanzaTraits.PollOf(m)!.ContextInfo = null,
        };
    }
}
