using WaOperator.WhatsApp.Events;

namespace WaOperator.WhatsApp.Storage;

/// <summary>
/// Keeps what messaging must not lose: Signal sessions, sender keys, device lists, the events in their order and the messages
/// that go out. The values are opaque to the store (encrypt them at rest).
/// </summary>
/// <remarks>
/// One device has one writer. It may begin a commit before the last one is durable: commits become durable in the order of their
/// calls, and if one fails every later one fails, too. After a failure the device drops what it holds in memory, reconnects and
/// loads again. An exception ends the connection (<see cref="DisconnectKind.StoreFailed"/>).
/// </remarks>
public interface IMessageStore
{
    /// <summary>Reads records.</summary>
    /// <returns>One value for each key, in the order of the keys; null where there is none.</returns>
    Task<IReadOnlyList<byte[]?>> LoadAsync(IReadOnlyList<RecordKey> keys, CancellationToken ct);

    /// <summary>Which of these inbound messages have been committed already? Asked before decrypting, since the ratchet moves on.</summary>
    Task<IReadOnlySet<MessageKey>> FindHandledAsync(
        IReadOnlyList<MessageKey> keys,
        CancellationToken ct
    );

    /// <summary>Makes the whole change durable, or nothing of it. Returns when it is durable.</summary>
    Task CommitAsync(DeviceChange change, CancellationToken ct);

    /// <summary>Reads an outbound message that is still kept; null when its retention has passed or it never was.</summary>
    Task<OutboundMessage?> FindOutboundAsync(string id, CancellationToken ct);

    /// <summary>Reads outbound messages that were encrypted and not acked by the server, oldest first: they are sent again first.</summary>
    Task<IReadOnlyList<OutboundMessage>> LoadUnackedAsync(CancellationToken ct);

    /// <summary>Whether it keeps <see cref="DeviceChange.History"/>. Default no: no device with it may ask for history.</summary>
    internal bool KeepsHistory => false;
}

/// <summary>Names one record.</summary>
/// <param name="Kind">What it is, such as "session" or "sender-key"; see <see cref="RecordKinds"/>.</param>
/// <param name="Id">Which one of its kind; at most 200 characters.</param>
public readonly record struct RecordKey(string Kind, string Id);

/// <summary>One record to write.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Value">Null deletes it.</param>
public sealed record RecordWrite(RecordKey Key, byte[]? Value);

/// <summary>Identifies an inbound message of a device: no second one with the same key is handled.</summary>
/// <param name="Chat">The chat's address.</param>
/// <param name="Sender">The sender's address with its device.</param>
/// <param name="Id">The message's id, chosen by its sender.</param>
public readonly record struct MessageKey(string Chat, string Sender, string Id);

/// <summary>How far an outbound message has come.</summary>
public enum OutboundState
{
    /// <summary>Accepted, with its id; not encrypted yet.</summary>
    Queued,

    /// <summary>Encrypted: the very same stanza is sent until the server acks it.</summary>
    Encrypted,

    /// <summary>The server has acked it. Kept for retries until its retention ends.</summary>
    Acked,

    /// <summary>Given up: the server or its content refused it.</summary>
    Failed,
}

/// <summary>An outbound message.</summary>
/// <param name="Id">Its id, fixed when it was accepted.</param>
/// <param name="Chat">Where it goes.</param>
/// <param name="State">How far it has come.</param>
/// <param name="Content">The serialised message without padding: what a retry encrypts again.</param>
/// <param name="Stanza">The encoded stanza as it was first sent; null before it is encrypted, and after the ack.</param>
/// <param name="Error">Why it failed, for people; null unless failed.</param>
public sealed record OutboundMessage(
    string Id,
    string Chat,
    OutboundState State,
    byte[] Content,
    byte[]? Stanza,
    string? Error
)
{
    /// <summary>What its sender keeps with it: opaque here, and told with what becomes of it.</summary>
    internal byte[]? Note { get; init; }

    /// <summary>When it is of no use any more; null: never.</summary>
    internal DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Of a status: the accounts that it is shown to, as addresses; null for any other message.</summary>
    public IReadOnlyList<string>? Audience { get; init; }

    /// <summary>Of one that failed: it had expired before it was encrypted.</summary>
    internal bool Expired { get; init; }
}

/// <summary>What belongs together: ratchets, used prekeys, events and outbound messages of one step, or of several at once.</summary>
public sealed record DeviceChange
{
    /// <summary>Records to write; a key appears once.</summary>
    public IReadOnlyList<RecordWrite> Records { get; init; } = [];

    /// <summary>One-time prekeys that a message used: to be deleted.</summary>
    public IReadOnlyList<uint> UsedPreKeys { get; init; } = [];

    /// <summary>What happened, in order. <see cref="EventCodec"/> makes the bytes to store; the message that an event completes counts as handled from then on.</summary>
    public IReadOnlyList<SessionEvent> Events { get; init; } = [];

    /// <summary>Outbound messages that come or move on; an id appears once.</summary>
    public IReadOnlyList<OutboundMessage> Outbound { get; init; } = [];

    /// <summary>What the phone gave of the account's past.</summary>
    internal IReadOnlyList<HistoryBatch> History { get; init; } = [];
}

/// <summary>The kinds of records.</summary>
public static class RecordKinds
{
    /// <summary>A Signal session with one device.</summary>
    public const string Session = "session";

    /// <summary>A sender's key in a group.</summary>
    public const string SenderKey = "sender-key";

    /// <summary>Who has our sender key of a group.</summary>
    public const string SenderKeyHolders = "sender-key-holders";

    /// <summary>The devices of a user.</summary>
    public const string Devices = "devices";

    /// <summary>The LID of a phone number, and the reverse.</summary>
    public const string Lid = "lid";

    /// <summary>How far a part of the account's shared state has come, and what proves it.</summary>
    internal const string AppState = "app-state";

    /// <summary>The keys of the account's shared state, as the phone gave them.</summary>
    internal const string AppStateKeys = "app-state-keys";

    /// <summary>What the phone has announced of the account's past, and how much of it was taken.</summary>
    internal const string History = "history";
}
