namespace WaOperator.Store.Pod;

/// <summary>One record of a session, already encrypted.</summary>
/// <param name="Name">Keyed hash of what it is, 16 bytes.</param>
/// <param name="KeyVersion">Version of the tenant's key that encrypted it.</param>
/// <param name="Ciphertext">Null deletes it.</param>
public sealed record RecordRow(RecordName Name, int KeyVersion, byte[]? Ciphertext);

/// <summary>The name of a record: a keyed hash, so that it does not show whom a session writes to.</summary>
/// <param name="Value">The hash.</param>
public readonly record struct RecordName(UInt128 Value)
{
    /// <summary>Bytes in a name.</summary>
    public const int Size = 16;

    /// <summary>As stored.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return bytes;
    }

    /// <summary>Its first 8 bytes: names what is looked at once more where it is found.</summary>
    public long Prefix => (long)(ulong)(Value >> 64);

    /// <summary>Reads what was stored, or the first bytes of a hash.</summary>
    public static RecordName From(ReadOnlySpan<byte> bytes) =>
        new(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes));
}

/// <summary>One entry of a session's journal, already encrypted.</summary>
/// <param name="Seq">The session's own number, from 1 without gaps.</param>
/// <param name="Type">What happened, in the clear.</param>
/// <param name="KeyVersion">Version of the tenant's key that encrypted it.</param>
/// <param name="Ciphertext">The body.</param>
/// <param name="Ref">Of a message a keyed hash of its id, to find it by.</param>
/// <param name="Chat">Of a message the beginning of a keyed hash of its chat (<see cref="RecordName.Prefix"/>).</param>
public sealed record EventRow(
    long Seq,
    string Type,
    int KeyVersion,
    byte[] Ciphertext,
    RecordName? Ref = null,
    long? Chat = null
);

/// <summary>An entry as read.</summary>
/// <param name="Row">The entry.</param>
/// <param name="At">When it was committed.</param>
public sealed record StoredEvent(EventRow Row, DateTimeOffset At);

/// <summary>How far an outbound message has come. It only ever moves on.</summary>
public enum OutboxState
{
    /// <summary>Waits for its time.</summary>
    Scheduled = -1,

    /// <summary>Accepted.</summary>
    Queued = 0,

    /// <summary>Encrypted and perhaps sent.</summary>
    Encrypted = 1,

    /// <summary>The server has it.</summary>
    Acked = 2,

    /// <summary>Given up.</summary>
    Failed = 3,

    /// <summary>It was not sent before it expired.</summary>
    Expired = 4,

    /// <summary>Its sender took it back before it was encrypted.</summary>
    Cancelled = 5,
}

/// <summary>One outbound message, already encrypted.</summary>
/// <param name="Id">Unique in its session.</param>
/// <param name="State">How far it has come; a row that is further stays as it is.</param>
/// <param name="BodyVersion">Version of the tenant's key that encrypted the body.</param>
/// <param name="Body">Chat and content; kept from the first write on.</param>
/// <param name="DetailVersion">Version of the tenant's key that encrypted the detail.</param>
/// <param name="Detail">While Encrypted the stanza, once Failed or Expired the reason; else null.</param>
/// <param name="Extra">What else belongs to it, encrypted as the body; kept from the first write on.</param>
/// <param name="DueAt">While Scheduled, when it is to be queued.</param>
public sealed record OutboxRow(
    string Id,
    OutboxState State,
    int BodyVersion,
    byte[] Body,
    int DetailVersion,
    byte[]? Detail,
    byte[]? Extra = null,
    DateTimeOffset? DueAt = null
);

/// <summary>A change of an outbound message that is not encrypted yet, or was given up; one that is further stays as it is.</summary>
/// <param name="Id">Unique in its session.</param>
/// <param name="State">Queued: its time has come. Cancelled: it is taken back. Scheduled: its time is another one.</param>
/// <param name="DueAt">When it is to be queued, if Scheduled.</param>
public sealed record OutboxChange(string Id, OutboxState State, DateTimeOffset? DueAt = null)
{
    /// <summary>Of one that is Queued: it had been given up (Failed).</summary>
    public bool Again { get; init; }
}

/// <summary>An outbound message as read.</summary>
/// <param name="Row">The message.</param>
/// <param name="Seq">Its place in the order of all.</param>
/// <param name="QueuedAt">When it was first written.</param>
/// <param name="SettledAt">When it was acked or given up.</param>
public sealed record StoredOutbox(
    OutboxRow Row,
    long Seq,
    DateTimeOffset QueuedAt,
    DateTimeOffset? SettledAt
);

/// <summary>Messages of a session that were given up.</summary>
/// <param name="Ids">In the order in which they were queued.</param>
/// <param name="Next">From which time of settling on there may be more; null: these are all.</param>
public sealed record FailedMessages(IReadOnlyList<string> Ids, DateTimeOffset? Next);

/// <summary>Where a list of outbound messages continues: behind a message of this time and place.</summary>
/// <param name="SettledAt">When it was settled; null: it was not.</param>
/// <param name="Seq">Its place in the order of all.</param>
public sealed record OutboxCursor(DateTimeOffset? SettledAt, long Seq);
