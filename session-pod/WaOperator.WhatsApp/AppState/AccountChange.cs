namespace WaOperator.WhatsApp.AppState;

/// <summary>
/// Something that a person did on one of the account's devices and that all of them show. What the actions are called, where they stand
/// and in which version is read from tulir/whatsmeow and Baileys.
/// </summary>
internal abstract record AccountChange
{
    /// <summary>What a chat is muted until when it is for ever.</summary>
    public static DateTimeOffset Forever => DateTimeOffset.MaxValue;

    /// <param name="Chat">The chat, as the phone addresses it: by number or by LID.</param>
    /// <param name="Until">Null: no longer muted.</param>
    public sealed record Mute(Jid Chat, DateTimeOffset? Until) : AccountChange;

    public sealed record Pin(Jid Chat, bool Pinned) : AccountChange;

    public sealed record Archive(Jid Chat, bool Archived) : AccountChange;

    /// <summary>The chat was marked, which says nothing to the others in it.</summary>
    public sealed record MarkRead(Jid Chat, bool Read) : AccountChange;

    public sealed record Clear(Jid Chat) : AccountChange;

    public sealed record Delete(Jid Chat) : AccountChange;

    public sealed record Star(MarkedMessage Message, bool Starred) : AccountChange;

    /// <param name="Message">The message.</param>
    /// <param name="SentAt">When it was sent; null: not told.</param>
    /// <param name="WithMedia">Its file is deleted from the phone, too.</param>
    public sealed record DeleteForMe(MarkedMessage Message, DateTimeOffset? SentAt, bool WithMedia)
        : AccountChange;

    /// <param name="Who">The account.</param>
    /// <param name="FullName">Null: not told.</param>
    /// <param name="FirstName">Null: not told.</param>
    /// <param name="Lid">The account's LID, where it is told.</param>
    public sealed record Contact(Jid Who, string? FullName, string? FirstName, Jid? Lid)
        : AccountChange;

    public sealed record ContactRemoved(Jid Who) : AccountChange;

    public sealed record PushName(string Name) : AccountChange;

    /// <param name="Id">Its id, a small number.</param>
    /// <param name="Name">Its name.</param>
    /// <param name="Color">Its colour's number, from 0.</param>
    /// <param name="Deleted">It is gone.</param>
    public sealed record Label(string Id, string? Name, int Color, bool Deleted) : AccountChange;

    /// <param name="Id">The label.</param>
    /// <param name="Chat">The chat.</param>
    /// <param name="MessageId">The message in it; null: the chat itself.</param>
    /// <param name="On">Put on or taken off.</param>
    public sealed record Labeled(string Id, Jid Chat, string? MessageId, bool On) : AccountChange;

    /// <param name="Id">Its id.</param>
    /// <param name="Shortcut">What is typed.</param>
    /// <param name="Text">What it stands for.</param>
    /// <param name="Deleted">It is gone.</param>
    public sealed record QuickReply(string Id, string? Shortcut, string? Text, bool Deleted)
        : AccountChange;
}

/// <summary>A message that an action is about.</summary>
/// <param name="Chat">Its chat.</param>
/// <param name="Id">Its id.</param>
/// <param name="FromMe">Whether the account sent it.</param>
/// <param name="Sender">Who sent it, in a group; null: the chat or the account.</param>
internal sealed record MarkedMessage(Jid Chat, string Id, bool FromMe, Jid? Sender);
