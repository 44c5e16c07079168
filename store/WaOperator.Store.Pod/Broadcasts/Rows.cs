namespace WaOperator.Store.Pod;

/// <summary>How far a broadcast has come.</summary>
public enum BroadcastState
{
    /// <summary>Gathers recipients; was not started yet.</summary>
    Created = 0,

    /// <summary>Its recipients are written to, one after the other.</summary>
    Running = 1,

    /// <summary>The tenant halted it.</summary>
    Paused = 2,

    /// <summary>It halted by itself: its reason says why.</summary>
    Stopped = 3,

    /// <summary>Each recipient was written to, or skipped.</summary>
    Finished = 4,

    /// <summary>The tenant gave it up; those that were not written to yet are skipped.</summary>
    Cancelled = 5,
}

/// <summary>How far the message to a recipient of a broadcast has come.</summary>
public enum RecipientState
{
    /// <summary>Waits for its turn.</summary>
    Pending = 0,

    /// <summary>Its message is in the outbox.</summary>
    Queued = 1,

    /// <summary>The server has it.</summary>
    Sent = 2,

    /// <summary>A device of the recipient has it.</summary>
    Delivered = 3,

    /// <summary>The recipient read it.</summary>
    Read = 4,

    /// <summary>It was refused, or expired.</summary>
    Failed = 5,

    /// <summary>It was not sent: not allowed, taken back, or the broadcast was cancelled.</summary>
    Skipped = 6,
}

/// <summary>A broadcast, its content encrypted.</summary>
/// <param name="Id">Unique in its session.</param>
/// <param name="KeyVersion">Version of the tenant's key that encrypted the content.</param>
/// <param name="Ciphertext">The content.</param>
public sealed record BroadcastRow(string Id, int KeyVersion, byte[] Ciphertext);

/// <summary>A broadcast as read.</summary>
/// <param name="Row">The broadcast.</param>
/// <param name="State">How far it has come.</param>
/// <param name="Reason">Of one that is Stopped why, in a word; else empty.</param>
/// <param name="Recipients">How many it has.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ChangedAt">When its state changed last, or recipients came.</param>
/// <param name="StartedAt">When it was first started; null: it was not.</param>
/// <param name="Untold">An event is to say what state it has.</param>
/// <param name="SettledBefore">Recipients that were settled when it was last started or resumed.</param>
/// <param name="FailedBefore">Of these the ones that had failed.</param>
public sealed record StoredBroadcast(
    BroadcastRow Row,
    BroadcastState State,
    string Reason,
    int Recipients,
    DateTimeOffset CreatedAt,
    DateTimeOffset ChangedAt,
    DateTimeOffset? StartedAt,
    bool Untold,
    int SettledBefore,
    int FailedBefore
);

/// <summary>A recipient that is added to a broadcast.</summary>
/// <param name="Message">The id of the message to it, which is the same whenever it is added.</param>
/// <param name="KeyVersion">Version of the tenant's key that encrypted the rest.</param>
/// <param name="Ciphertext">Its address and variables.</param>
public sealed record RecipientRow(string Message, int KeyVersion, byte[] Ciphertext);

/// <summary>A recipient as read.</summary>
/// <param name="Row">The recipient.</param>
/// <param name="Seq">Its place in the order of all.</param>
/// <param name="State">How far its message has come.</param>
/// <param name="Reason">Of one that is Skipped why, in a word; else empty.</param>
public sealed record StoredRecipient(
    RecipientRow Row,
    long Seq,
    RecipientState State,
    string Reason
);

/// <summary>How far the message to a recipient has come, as part of a session's write; one that is further stays as it is.</summary>
/// <param name="Message">The message's id.</param>
/// <param name="State">Queued, or how it was settled.</param>
/// <param name="Reason">Of one that is Skipped why, in a word.</param>
public sealed record RecipientMark(string Message, RecipientState State, string Reason = "");

/// <summary>What became of recipients that were to be added.</summary>
/// <param name="State">The broadcast's state; one that is Finished or Cancelled takes none.</param>
/// <param name="Added">How many were not there before; null: none was added, since not all of them may be.</param>
/// <param name="Total">How many it has now.</param>
public sealed record RecipientsAdded(BroadcastState State, int? Added, int Total);

/// <summary>How many recipients of a broadcast are in each state.</summary>
/// <param name="Of">Those that are in none are not in it.</param>
public sealed record RecipientCounts(IReadOnlyDictionary<RecipientState, long> Of)
{
    /// <summary>How many are in a state.</summary>
    public long this[RecipientState state] => Of.GetValueOrDefault(state);
}

/// <summary>What the outbox of a session holds, as far as the sending of a broadcast depends on it.</summary>
/// <param name="Mine">The states of the messages that were asked for; those that are not there are left out.</param>
/// <param name="OthersWait">Whether a message waits that is none of a broadcast.</param>
public sealed record OutboxView(IReadOnlyDictionary<string, OutboxState> Mine, bool OthersWait);
