using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;

namespace WaOperator.WhatsApp.Storage;

/// <summary>Which part of the account's past the phone gives. The numbers are the protocol's.</summary>
internal enum HistoryPart
{
    /// <summary>The chats with their newest messages, right after linking.</summary>
    Bootstrap = 0,

    /// <summary>What lies further back than <see cref="Recent"/>; only for devices that asked for all.</summary>
    Full = 2,

    /// <summary>The messages of the last months.</summary>
    Recent = 3,

    /// <summary>The names that accounts have chosen.</summary>
    PushNames = 4,

    /// <summary>What this device asked the phone for (<see cref="WhatsAppDevice.RequestHistoryAsync"/>).</summary>
    OnDemand = 6,
}

/// <summary>
/// The port through which the past reaches a store: <see cref="DeviceChange.History"/>. A commit holds at most a few of these,
/// each with at most <see cref="MaxEntries"/> entries, together with the record that says how far the part has been taken.
/// So a store that commits a change as a whole never sees an entry twice because of a crash; the phone itself may give one again in
/// another part, so a store keeps a message once by chat and id, and lets what came live take precedence. Nothing here is journalled:
/// an event (<see cref="HistorySynced"/>) says that a part is complete. A store that keeps none of it says so
/// (<see cref="IMessageStore.KeepsHistory"/>), and a device that asks for history does not start with it.
/// </summary>
internal sealed record HistoryBatch
{
    /// <summary>Entries that it has at most.</summary>
    public const int MaxEntries = 100;

    /// <summary>About how many bytes an entry has beside its message.</summary>
    private const int EntrySize = 256;

    /// <summary>The part that they are of.</summary>
    public required HistoryPart Part { get; init; }

    /// <summary>The request that they answer; null: none.</summary>
    public string? Request { get; init; }

    /// <summary>Messages, by chat and within a chat newest first, as the phone gives them.</summary>
    public IReadOnlyList<HistoryMessage> Messages { get; init; } = [];

    /// <summary>Chats; each comes behind its messages.</summary>
    public IReadOnlyList<HistoryChat> Chats { get; init; } = [];

    /// <summary>Names that accounts have chosen.</summary>
    public IReadOnlyList<HistoryName> Names { get; init; } = [];

    /// <summary>About how many bytes it holds.</summary>
    public long Weight =>
        EntrySize * (Messages.Count + Chats.Count + Names.Count)
        + Messages.Sum(m => (long)m.Message.Length);
}

/// <summary>A message of the past.</summary>
internal sealed record HistoryMessage
{
    private readonly MessageBody _body;

    /// <param name="message">The serialised message; not copied.</param>
    /// <param name="fromMe">Whether the account sent it.</param>
    public HistoryMessage(ReadOnlyMemory<byte> message, bool fromMe) =>
        (FromMe, _body) = (fromMe, new(message, fromMe));

    /// <summary>The chat, as the phone addresses it.</summary>
    public required Jid Chat { get; init; }

    /// <summary>Its id, chosen by its sender.</summary>
    public required string Id { get; init; }

    /// <summary>Who sent it, without a device.</summary>
    public required Jid Sender { get; init; }

    /// <summary>Whether the account sent it, from any of its devices.</summary>
    public bool FromMe { get; }

    /// <summary>Unix seconds; 0: not told.</summary>
    public long Timestamp { get; init; }

    /// <summary>The name that the sender has chosen; null: not told.</summary>
    public string? PushName { get; init; }

    /// <summary>0 failed, 1 pending, 2 at the server, 3 delivered, 4 read, 5 played; null: not told.</summary>
    public int? Status { get; init; }

    /// <summary>Decrypts votes and reactions about it; 32 bytes. Null: not told apart from the message itself.</summary>
    public byte[]? Secret { get; init; }

    /// <summary>The serialised message. Holds the keys of files: encrypt it at rest, and show people <see cref="Content"/>.</summary>
    public ReadOnlyMemory<byte> Message => _body.Bytes;

    /// <summary>What it says, as of a <see cref="MessageReceived"/>; parsed when it is asked for, once.</summary>
    public ReceivedContent Content => _body.Content;

    /// <summary>Without what people wrote, and without addresses.</summary>
    public override string ToString() => nameof(HistoryMessage);
}

/// <summary>A chat of the past.</summary>
internal sealed record HistoryChat
{
    /// <summary>The chat, as the phone addresses it.</summary>
    public required Jid Chat { get; init; }

    /// <summary>Its name: a group's subject or a contact's; null: not told.</summary>
    public string? Name { get; init; }

    /// <summary>When something last happened in it, in Unix seconds; 0: not told.</summary>
    public long Timestamp { get; init; }

    /// <summary>How many of its messages were not read.</summary>
    public int Unread { get; init; }

    /// <summary>Whether it is archived.</summary>
    public bool Archived { get; init; }

    /// <summary>Whether it is pinned.</summary>
    public bool Pinned { get; init; }

    /// <summary>Whether it is marked as unread.</summary>
    public bool MarkedUnread { get; init; }

    /// <summary>Until when it is muted, as the phone says it; 0: it is not.</summary>
    public long MutedUntil { get; init; }

    /// <summary>Without names and addresses.</summary>
    public override string ToString() => nameof(HistoryChat);
}

/// <summary>A name that an account has chosen.</summary>
/// <param name="Account">The account, as the phone addresses it.</param>
/// <param name="PushName">The name.</param>
internal sealed record HistoryName(Jid Account, string PushName)
{
    /// <summary>Without names and addresses.</summary>
    public override string ToString() => nameof(HistoryName);
}
