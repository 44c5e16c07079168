using Google.Protobuf;
using Google.Protobuf.Reflection;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Content;

/// <summary>Where each kind of message keeps its context: quote, mentions, expiration. Pure.</summary>
internal static class Contexts
{
    private const string ContextField = "contextInfo";

    /// <summary>The kinds that have a context, and where: by the schema, so that none is forgotten.</summary>
    private static readonly (IFieldAccessor Kind, IFieldAccessor Context)[] Places =
    [
        .. from kind in Message.Descriptor.Fields.InDeclarationOrder()
        where kind.FieldType == FieldType.Message
        let context = kind.MessageType.FindFieldByName(ContextField)
        where context is not null
        select (kind.Accessor, context.Accessor),
    ];

    /// <summary>The context of an unwrapped message, or null.</summary>
    public static ContextInfo? Get(Message m)
    {
        foreach (var (kind, context) in Places)
            if (
                kind.GetValue(m) is IMessage content
                && context.GetValue(content) is ContextInfo found
            )
                return found;
        return null;
    }

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
            { EventMessage: { } happening } => happening.ContextInfo ??= new(),
            _ when StanzaTraits.PollOf(m) is { } poll => poll.ContextInfo ??= new(),
            _ => null,
        };
    }

    /// <summary>Takes the context away: a quoted message is shown without what it quotes itself.</summary>
    public static void Remove(Message m)
    {
        foreach (var (kind, context) in Places)
            if (kind.GetValue(m) is IMessage content)
                context.Clear(content);
    }
}
