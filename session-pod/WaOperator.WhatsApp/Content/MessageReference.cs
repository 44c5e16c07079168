using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Content;

/// <summary>Names a message: what a reply, reaction, edit, deletion or vote is about.</summary>
/// <param name="Chat">The chat: a group, or the other person.</param>
/// <param name="Id">The message's id.</param>
/// <param name="FromMe">True if this account sent it.</param>
/// <param name="Author">Who sent it. Needed in groups for messages of others; without a device part on the wire.</param>
public sealed record MessageReference(Jid Chat, string Id, bool FromMe, Jid? Author = null)
{
    /// <summary>Who sent it: as given, else ourselves, else the other person of a conversation of two.</summary>
    internal Jid? AuthorOr(Jid? me)
    {
        if (Author is not null)
            return Author;
        if (FromMe)
            return me;
        return Chat.IsShared ? null : Chat;
    }

    /// <summary>As on the wire: the author only where the chat does not say who it is.</summary>
    internal MessageKey ToKey()
    {
        var key = new MessageKey
        {
            RemoteJid = Chat.ToString(),
            FromMe = FromMe,
            Id = Id,
        };
        if (!FromMe && Author is { } author && author.Account != Chat.Account)
            key.Participant = author.Account.ToString();
        return key;
    }
}

/// <summary>
/// A message that another message names, as its sender sees it: <see cref="FromMe"/> is the sender's "me".
/// </summary>
/// <param name="Id">The message's id.</param>
/// <param name="FromMe">True if the sender of the naming message sent it.</param>
/// <param name="Chat">The chat as the sender sees it: in a conversation of two, it names the receiver.</param>
/// <param name="Author">Who sent it, in groups.</param>
public sealed record TargetMessage(string Id, bool FromMe, Jid? Chat, Jid? Author)
{
    internal static TargetMessage? Of(MessageKey? key) =>
        key is { HasId: true }
            ? new(key.Id, key.FromMe, Read(key.RemoteJid), Read(key.Participant))
            : null;

    private static Jid? Read(string text) => Jid.TryParse(text, out var jid) ? jid : null;
}
