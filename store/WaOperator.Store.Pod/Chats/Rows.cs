namespace WaOperator.Store.Pod;

/// <summary>What a commit changes of a chat.</summary>
/// <param name="Chat">Keyed hash of its address.</param>
/// <param name="At">When its last message was sent.</param>
/// <param name="Read">All that came before was read.</param>
/// <param name="Unread">Messages that came since, 0 or more.</param>
/// <param name="KeyVersion">Version of the tenant's key that encrypted it.</param>
/// <param name="Ciphertext">Its address and last message; null: there is no new message, and a chat that is not known stays unknown.</param>
public sealed record ChatRow(
    RecordName Chat,
    DateTimeOffset At,
    bool Read,
    int Unread,
    int KeyVersion,
    byte[]? Ciphertext
)
{
    /// <summary>This and what came after it as one.</summary>
    public ChatRow Then(ChatRow next)
    {
        var last = Ciphertext is null || next.Ciphertext is not null && next.At >= At ? next : this;
        return last with
        {
            Read = Read || next.Read,
            Unread = next.Read ? next.Unread : Unread + next.Unread,
        };
    }
}

/// <summary>A chat that was deleted for its account.</summary>
/// <param name="Chat">Keyed hash of its address.</param>
/// <param name="Until">When: one with a later message stays.</param>
public sealed record ChatRemoval(RecordName Chat, DateTimeOffset Until)
{
    /// <summary>This and what came after it as one.</summary>
    public ChatRemoval Then(ChatRemoval next) => next.Until >= Until ? next : this;
}

/// <summary>What is known of an account or a group, encrypted.</summary>
/// <param name="Contact">Keyed hash of its address, as <see cref="ChatRow.Chat"/>.</param>
/// <param name="IsGroup">Whether it is a group.</param>
/// <param name="Tag">Keyed hash of what is known: a row that has it already is not written again.</param>
/// <param name="KeyVersion">Version of the tenant's key that encrypted it.</param>
/// <param name="Ciphertext">Addresses and name.</param>
public sealed record ContactRow(
    RecordName Contact,
    bool IsGroup,
    long Tag,
    int KeyVersion,
    byte[] Ciphertext
);

/// <summary>When someone got a message; what was noted before stays.</summary>
/// <param name="Id">The message, of the outbox; others are left out.</param>
/// <param name="Participant">Keyed hash of the participant's address.</param>
/// <param name="DeliveredAt">When a device got it.</param>
/// <param name="ReadAt">When it was read.</param>
/// <param name="PlayedAt">When it was played.</param>
/// <param name="KeyVersion">Version of the tenant's key that encrypted it.</param>
/// <param name="Ciphertext">The participant's address.</param>
public sealed record ReceiptRow(
    string Id,
    RecordName Participant,
    DateTimeOffset? DeliveredAt,
    DateTimeOffset? ReadAt,
    DateTimeOffset? PlayedAt,
    int KeyVersion,
    byte[] Ciphertext
)
{
    /// <summary>This and what came after it as one.</summary>
    public ReceiptRow Then(ReceiptRow next) =>
        this with
        {
            DeliveredAt = DeliveredAt ?? next.DeliveredAt,
            ReadAt = ReadAt ?? next.ReadAt,
            PlayedAt = PlayedAt ?? next.PlayedAt,
        };
}

/// <summary>A chat as read.</summary>
/// <param name="Row">The chat.</param>
/// <param name="Contact">What is known of its account or group; null: nothing.</param>
/// <param name="Flags">How it is shown, as far as that is known.</param>
public sealed record StoredChat(ChatRow Row, ContactRow? Contact, ChatFlags Flags);

/// <summary>Where a list of chats continues: behind a chat of this time and hash.</summary>
/// <param name="At">When its last message was sent.</param>
/// <param name="Chat">Keyed hash of its address.</param>
public sealed record ChatCursor(DateTimeOffset At, RecordName Chat);
