using WaOperator.SessionPod.Keys;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Chats;

/// <summary>
/// What the entries of one change of a session mean for its chats, contacts and receipts: rows that ride in the same commit. Reads
/// nothing.
/// </summary>
/// <param name="keyring">Makes names.</param>
/// <param name="session">The session's key in the database.</param>
/// <param name="cipher">Encrypts.</param>
/// <param name="recent">Contacts that need not be written.</param>
/// <param name="now">The time, for messages that do not tell theirs.</param>
/// <param name="other">An account's other address, as far as it was learnt.</param>
internal sealed class Projection(
    Keyring keyring,
    long session,
    AtRestCipher cipher,
    RecentTags recent,
    DateTimeOffset now,
    Func<Jid, Jid?> other
)
{
    private readonly List<ChatRow> _chats = [];
    private readonly List<ReceiptRow> _receipts = [];
    private readonly List<ChatRemoval> _removals = [];
    private readonly List<ChatFlagRow> _flags = [];
    private readonly Dictionary<RecordName, ContactRow> _contacts = [];

    /// <summary>Chats that got messages or were read.</summary>
    public IReadOnlyList<ChatRow> Chats => SessionWrites.Chats(_chats);

    /// <summary>Chats that were deleted.</summary>
    public IReadOnlyList<ChatRemoval> Removals => SessionWrites.Removals(_removals);

    /// <summary>Chats that are shown in another way.</summary>
    public IReadOnlyList<ChatFlagRow> Flags => SessionWrites.Flags(_flags);

    /// <summary>What is news of accounts and groups.</summary>
    public IReadOnlyList<ContactRow> Contacts => [.. _contacts.Values];

    /// <summary>Who got messages.</summary>
    public IReadOnlyList<ReceiptRow> Receipts => SessionWrites.Receipts(_receipts);

    /// <summary>Accounts whose phone number an event does not tell, though their rows stand by it.</summary>
    public static IEnumerable<Jid> Unresolved(SessionEvent e)
    {
        switch (e)
        {
            case MessageReceived { Head: var head }:
                if (head.Chat.IsLid && head.ChatOther is null)
                    yield return head.Chat.Account;
                if (head is { InGroup: true, FromMe: false, SenderOther: null, Sender.IsLid: true })
                    yield return head.Sender.Account;
                break;
            case MessageSent sent when Jid.TryParse(sent.Chat, out var chat) && chat.IsLid:
                yield return chat.Account;
                break;
            case MessageFailed failed when Jid.TryParse(failed.Chat, out var chat) && chat.IsLid:
                yield return chat.Account;
                break;
            case ReceiptReceived { FromMe: true, Chat: { IsLid: true } chat }:
                yield return chat.Account;
                break;
            case ChatChanged { Chat: { IsLid: true } chat }:
                yield return chat.Account;
                break;
            case AppStateSynced synced:
                foreach (var shown in synced.Shown.Where(shown => shown.Chat.IsLid))
                    yield return shown.Chat.Account;
                break;
        }
    }

    /// <summary>Takes an entry in.</summary>
    /// <param name="e">What happened.</param>
    /// <param name="content">Of a message that was sent, what it says; null: not known.</param>
    /// <returns>What names its chat in the journal; null: it is no message.</returns>
    public long? Add(SessionEvent e, byte[]? content)
    {
        switch (e)
        {
            case MessageReceived m:
                return Received(m);
            case MessageSent sent when Jid.TryParse(sent.Chat, out var chat):
                var said = content is null || !MessageTags.AreAboutAnother(content);
                return Message(chat, null, said ? sent.Id : null, sent.Timestamp, read: true);
            case MessageFailed failed when Jid.TryParse(failed.Chat, out var chat):
                return Name(chat, null).Prefix;
            case ReceiptReceived { FromMe: true } read when MeansRead(read.Receipt):
                Message(read.Chat, null, null, null, read: true);
                return null;
            case ReceiptReceived { FromMe: false } receipt:
                Note(receipt);
                return null;
            case ChatChanged shown:
                Show(shown);
                return null;
            case AppStateSynced synced:
                foreach (var shown in synced.Shown)
                    Show(shown);
                return null;
            case GroupChanged group:
                if (group.Changes.LastOrDefault(c => c.Subject is not null) is { } named)
                    Learn(group.Group, null, named.Subject);
                return null;
            default:
                return null;
        }
    }

    private long? Received(MessageReceived m)
    {
        var head = m.Head;
        if (!head.FromMe && head.PushName is { Length: > 0 } name)
            Learn(head.Sender.Account, head.SenderOther, name);
        var said =
            head is { Edit: null, StanzaType: not "reaction" }
            && !(head.StanzaType == "poll" && MessageTags.AreAboutAnother(m.Message.Span));
        // What others say about a message is no message of its own.
        return head.FromMe || said
                ? Message(
                    head.Chat,
                    head.ChatOther,
                    said ? head.Id : null,
                    head.Timestamp,
                    head.FromMe
                )
            : ChatNaming.IsChat(head.Chat) ? Name(head.Chat, head.ChatOther).Prefix
            : null;
    }

    private long? Message(Jid chat, Jid? otherChat, string? id, long? seconds, bool read)
    {
        if (!ChatNaming.IsChat(chat))
            return null;
        var name = Name(chat, otherChat);
        _chats.Add(
            new(
                name,
                TimeOf(seconds),
                read,
                read ? 0 : 1,
                cipher.Version,
                id is null
                    ? null
                    : ChatBoxes.Seal(
                        cipher,
                        name,
                        new ChatBox(ChatNaming.Known(chat, otherChat ?? other(chat)), id)
                    )
            )
        );
        return name.Prefix;
    }

    private void Show(ChatChanged shown)
    {
        if (!ChatNaming.IsChat(shown.Chat))
            return;
        var name = Name(shown.Chat, null);
        _flags.Add(new(name, ChatShown.Of(shown)));
        if (shown.Deleted)
            _removals.Add(new(name, TimeOf(shown.Timestamp)));
    }

    private void Learn(Jid account, Jid? otherAccount, string? called)
    {
        if (!ChatNaming.IsChat(account))
            return;
        var contact = ContactRows.Of(account, otherAccount ?? other(account), called);
        var tag = ContactRows.TagOf(keyring, session, contact);
        if (recent.Has(tag))
            return;
        var row = ContactRows.Seal(keyring, session, cipher, tag, contact);
        _contacts[row.Contact] = row;
    }

    private void Note(ReceiptReceived receipt)
    {
        DateTimeOffset? at = TimeOf(receipt.Timestamp);
        if (receipt.Receipt is not ("delivered" or "read" or "played"))
            return;
        var participant = receipt.Sender.Account;
        var name = keyring.Name(session, "participant", participant.ToString());
        var box = ChatBoxes.Seal(cipher, name, participant);
        foreach (var id in receipt.Ids)
            _receipts.Add(
                new(
                    id,
                    name,
                    // Who has read it has got it, and who has played it has read it.
                    at,
                    receipt.Receipt is "read" or "played" ? at : null,
                    receipt.Receipt is "played" ? at : null,
                    cipher.Version,
                    box
                )
            );
    }

    private RecordName Name(Jid chat, Jid? otherChat) =>
        ChatNaming.Of(keyring, session, ChatNaming.Known(chat, otherChat ?? other(chat)));

    private DateTimeOffset TimeOf(long? seconds) =>
        seconds is > 0 and < 253_402_300_800
            ? DateTimeOffset.FromUnixTimeSeconds(seconds.Value)
            : now;

    private static bool MeansRead(string receipt) =>
        receipt is "read" or "read-self" or "played" or "played-self";
}
