namespace WaOperator.WhatsApp.Events;

/// <summary>A person changed how a chat is shown, on another device of the account. What did not change is null.</summary>
public sealed record ChatChanged : SessionEvent
{
    /// <summary>The chat, as the phone addresses it: by number, by LID, or a group.</summary>
    public required Jid Chat { get; init; }

    /// <summary>Whether it is muted now.</summary>
    public bool? Muted { get; init; }

    /// <summary>Until when it is muted, in Unix milliseconds; null where it is muted: for ever.</summary>
    public long? MutedUntil { get; init; }

    /// <summary>Whether it is archived now.</summary>
    public bool? Archived { get; init; }

    /// <summary>Whether it is pinned now.</summary>
    public bool? Pinned { get; init; }

    /// <summary>Whether it is marked as unread now. The others in it hear nothing of that.</summary>
    public bool? Unread { get; init; }

    /// <summary>Its messages were deleted for this account.</summary>
    public bool Cleared { get; init; }

    /// <summary>It was deleted for this account.</summary>
    public bool Deleted { get; init; }

    /// <summary>When, in Unix seconds; 0: not told.</summary>
    public long Timestamp { get; init; }

    /// <inheritdoc/>
    public override string Type => EventTypes.Chat;
}

/// <summary>A person starred a message or deleted it for this account alone, on another device of the account.</summary>
public sealed record MessageMarked : SessionEvent
{
    /// <summary>The chat.</summary>
    public required Jid Chat { get; init; }

    /// <summary>The message.</summary>
    public required string Id { get; init; }

    /// <summary>Whether the account sent it.</summary>
    public bool FromMe { get; init; }

    /// <summary>Who sent it, in a group; null: the chat or the account.</summary>
    public Jid? Sender { get; init; }

    /// <summary>Whether it is starred now; null: that did not change.</summary>
    public bool? Starred { get; init; }

    /// <summary>It was deleted for this account; others keep it.</summary>
    public bool Deleted { get; init; }

    /// <summary>When, in Unix seconds; 0: not told.</summary>
    public long Timestamp { get; init; }

    /// <inheritdoc/>
    public override string Type => EventTypes.Marked;
}

/// <summary>A person changed a contact on another device of the account.</summary>
public sealed record ContactChanged : SessionEvent
{
    /// <summary>The contact, as the phone addresses it.</summary>
    public required Jid Contact { get; init; }

    /// <summary>Its LID, where the phone told.</summary>
    public Jid? Lid { get; init; }

    /// <summary>Its whole name; null: not told.</summary>
    public string? FullName { get; init; }

    /// <summary>Its first name; null: not told.</summary>
    public string? FirstName { get; init; }

    /// <summary>It is no contact any more.</summary>
    public bool Removed { get; init; }

    /// <summary>When, in Unix seconds; 0: not told.</summary>
    public long Timestamp { get; init; }

    /// <inheritdoc/>
    public override string Type => EventTypes.Contact;
}

/// <summary>A person changed a label, or put it on a chat or message or took it off, on another device of the account.</summary>
public sealed record LabelChanged : SessionEvent
{
    /// <summary>The label, by a small number.</summary>
    public required string Id { get; init; }

    /// <summary>Its name; null: not told, as where it is put on something.</summary>
    public string? Name { get; init; }

    /// <summary>The number of its colour, from 0; null: not told.</summary>
    public int? Color { get; init; }

    /// <summary>It is gone.</summary>
    public bool Deleted { get; init; }

    /// <summary>The chat that it was put on or taken off; null: the label itself changed.</summary>
    public Jid? Chat { get; init; }

    /// <summary>The message in that chat; null: the chat itself.</summary>
    public string? MessageId { get; init; }

    /// <summary>Whether it was put on or taken off; null: the label itself changed.</summary>
    public bool? On { get; init; }

    /// <summary>When, in Unix seconds; 0: not told.</summary>
    public long Timestamp { get; init; }

    /// <inheritdoc/>
    public override string Type => EventTypes.Label;
}

/// <summary>A person changed a quick reply of WhatsApp Business on another device of the account.</summary>
public sealed record QuickReplyChanged : SessionEvent
{
    /// <summary>Which; what made it chose its id.</summary>
    public required string Id { get; init; }

    /// <summary>What is typed for it, without the slash; null: not told.</summary>
    public string? Shortcut { get; init; }

    /// <summary>What it stands for; null: not told.</summary>
    public string? Text { get; init; }

    /// <summary>It is gone.</summary>
    public bool Deleted { get; init; }

    /// <summary>When, in Unix seconds; 0: not told.</summary>
    public long Timestamp { get; init; }

    /// <inheritdoc/>
    public override string Type => EventTypes.QuickReply;
}

/// <summary>
/// A part of the account's state was read as a whole, as after linking: what it holds is counted, and not told one by one. Or it cannot
/// be read, and what other devices change there is not heard until the next connection.
/// </summary>
public sealed record AppStateSynced : SessionEvent
{
    /// <summary>The part: critical_block, critical_unblock_low, regular_high, regular or regular_low.</summary>
    public required string Collection { get; init; }

    /// <summary>Its version, from 1; of one that cannot be read the last that was.</summary>
    public required long Version { get; init; }

    /// <summary>How many records it has.</summary>
    public int Records { get; init; }

    /// <summary>How many of them are about chats.</summary>
    public int Chats { get; init; }

    /// <summary>How many of them are contacts.</summary>
    public int Contacts { get; init; }

    /// <summary>How many of them are about labels.</summary>
    public int Labels { get; init; }

    /// <summary>Why it cannot be read; null: it was.</summary>
    public string? Error { get; init; }

    /// <summary>How its chats are shown, for stores that keep it: those that changed last. It is no part of the stored event.</summary>
    internal IReadOnlyList<ChatChanged> Shown { get; init; } = [];

    /// <inheritdoc/>
    public override string Type => EventTypes.AppState;
}
