namespace WaOperator.Store.Pod;

/// <summary>One piece of key material, already encrypted; the store never sees plain keys.</summary>
/// <param name="Kind">What it is: credentials, prekeys, ...</param>
/// <param name="Id">Which one of its kind.</param>
/// <param name="KeyVersion">Version of the tenant's key that encrypted it.</param>
/// <param name="Ciphertext">Null deletes it.</param>
public sealed record KeyWrite(string Kind, string Id, int KeyVersion, byte[]? Ciphertext);

/// <summary>All that one session wants written together. Empty parts write nothing.</summary>
/// <param name="SessionId">The session's key.</param>
/// <param name="Epoch">The writer's epoch; a newer owner makes the whole write fall out.</param>
public sealed record SessionWrite(long SessionId, long Epoch)
{
    /// <summary>
    /// Remove every key, record and flag of a chat of the session first (logged out). What was encrypted for the old device and not acked is
    /// Queued again.
    /// </summary>
    public bool WipeKeys { get; init; }

    /// <summary>
    /// With <see cref="WipeKeys"/>: what is wiped moves into the session's archive (<see cref="SessionArchive"/>) and replaces what is in
    /// it. For keys of a linked device; those of one that never was are worth nothing.
    /// </summary>
    public bool ArchiveKeys { get; init; }

    /// <summary>
    /// With <see cref="WipeKeys"/>: after that, what is archived moves back. The writer has made sure that there is an archive and that
    /// the keys which are wiped are not of a linked device. Not together with <see cref="ArchiveKeys"/>.
    /// </summary>
    public bool RestoreKeys { get; init; }

    /// <summary>Removes what is known of how the phone shows its chats: another device is linked.</summary>
    public bool ClearFlags { get; init; }

    /// <summary>
    /// With <see cref="ArchiveKeys"/>: keys and records that are written before the wipe, and archived by it. Null: none
    /// (<see cref="SessionWrites.Join"/>).
    /// </summary>
    public SessionWrite? Before { get; init; }

    /// <summary>Keys to write or delete; one of each kind and id.</summary>
    public IReadOnlyList<KeyWrite> Keys { get; init; } = [];

    /// <summary>Records to write or delete; one of each name.</summary>
    public IReadOnlyList<RecordRow> Records { get; init; } = [];

    /// <summary>Entries to append to the journal.</summary>
    public IReadOnlyList<EventRow> Events { get; init; } = [];

    /// <summary>Inbound messages that are handled now.</summary>
    public IReadOnlyList<RecordName> Handled { get; init; } = [];

    /// <summary>Outbound messages that come or move on; one of each id.</summary>
    public IReadOnlyList<OutboxRow> Outbox { get; init; } = [];

    /// <summary>Changes of outbound messages that are not encrypted yet, after <see cref="Outbox"/>.</summary>
    public IReadOnlyList<OutboxChange> Changes { get; init; } = [];

    /// <summary>Chats that got messages or were read; one of each hash.</summary>
    public IReadOnlyList<ChatRow> Chats { get; init; } = [];

    /// <summary>Chats that are listed no longer, after <see cref="Chats"/>; one of each hash.</summary>
    public IReadOnlyList<ChatRemoval> ChatRemovals { get; init; } = [];

    /// <summary>How chats are shown from now on; one of each hash.</summary>
    public IReadOnlyList<ChatFlagRow> ChatFlags { get; init; } = [];

    /// <summary>What is news of accounts and groups; one of each hash.</summary>
    public IReadOnlyList<ContactRow> Contacts { get; init; } = [];

    /// <summary>Who got messages, after <see cref="Outbox"/>; one of each message and participant.</summary>
    public IReadOnlyList<ReceiptRow> Receipts { get; init; } = [];

    /// <summary>What is added of the time before the session was linked; null: nothing.</summary>
    public PastRows? Past { get; init; }

    /// <summary>How far messages to recipients of broadcasts have come; one of each message.</summary>
    public IReadOnlyList<RecipientMark> Marks { get; init; } = [];

    /// <summary>The new state, null for none.</summary>
    public SessionState? State { get; init; }

    /// <summary>The code to show now, null for none.</summary>
    public PairingCode? Pairing { get; init; }

    /// <summary>Remove the code that was shown.</summary>
    public bool ClearPairing { get; init; }
}
