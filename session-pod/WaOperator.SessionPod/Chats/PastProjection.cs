using WaOperator.SessionPod.Keys;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Chats;

/// <summary>
/// What a phone gives of the time before a session was linked, as rows that ride in the commit which says how far it was taken. Reads
/// nothing.
/// </summary>
/// <param name="keyring">Makes names.</param>
/// <param name="session">The session's key in the database.</param>
/// <param name="cipher">Encrypts.</param>
/// <param name="now">The time: no message is younger.</param>
/// <param name="kept">How long messages are kept after they were sent: older ones are left out. Null: for ever.</param>
/// <param name="other">An account's other address, as far as it was learnt.</param>
internal sealed class PastProjection(
    Keyring keyring,
    long session,
    AtRestCipher cipher,
    DateTimeOffset now,
    TimeSpan? kept,
    Func<Jid, Jid?> other
)
{
    private const long MostSeconds = 100_000_000_000;

    private readonly List<PastRow> _messages = [];
    private readonly List<ChatRow> _chats = [];
    private readonly List<ChatFlagRow> _flags = [];
    private readonly Dictionary<RecordName, ContactRow> _contacts = [];

    /// <summary>Messages that are not stored: they are older than messages are kept, do not say when they were sent, or are of no chat.</summary>
    public int LeftOut { get; private set; }

    /// <summary>The rows of all that was added.</summary>
    public PastRows Rows =>
        new()
        {
            Messages = _messages,
            Chats = PastRows.Newest(_chats),
            Flags = _flags,
            Contacts = [.. _contacts.Values],
        };

    /// <summary>Accounts whose other address counts.</summary>
    public static IEnumerable<Jid> Accounts(HistoryBatch batch) =>
        batch
            .Messages.SelectMany(m => m.Chat == m.Sender ? new[] { m.Chat } : [m.Chat, m.Sender])
            .Concat(batch.Chats.Select(c => c.Chat))
            .Concat(batch.Names.Select(n => n.Account))
            .Where(jid => jid.IsPhone || jid.IsLid)
            .Select(jid => jid.Account)
            .Distinct();

    /// <summary>Takes a batch in.</summary>
    public void Add(HistoryBatch batch)
    {
        foreach (var message in batch.Messages)
            Add(message);
        foreach (var chat in batch.Chats.Where(c => ChatNaming.IsChat(c.Chat)))
            Add(chat, batch.Part);
        foreach (var name in batch.Names)
            Learn(name.Account, name.PushName);
    }

    private void Add(HistoryMessage message)
    {
        if (!ChatNaming.IsChat(message.Chat) || TimeOf(message.Timestamp) is not { } at)
        {
            LeftOut++;
            return;
        }
        var name = Name(message.Chat);
        if (!MessageTags.AreAboutAnother(message.Message.Span))
            _chats.Add(
                new(
                    name,
                    at,
                    Read: false,
                    Unread: 0,
                    cipher.Version,
                    ChatBoxes.Seal(
                        cipher,
                        name,
                        new ChatBox(ChatNaming.Known(message.Chat, other(message.Chat)), message.Id)
                    )
                )
            );
        if (message is { FromMe: false, PushName: { Length: > 0 } called })
            Learn(message.Sender, called);
        if (now - at > kept)
            LeftOut++;
        else
            _messages.Add(
                PastBoxes.Seal(keyring, session, cipher, name.Prefix, at, Received(message))
            );
    }

    private MessageReceived Received(HistoryMessage message) =>
        new(
            new()
            {
                Id = message.Id,
                Chat = message.Chat,
                ChatOther = message.Chat.IsGroup ? null : other(message.Chat),
                Sender = message.Sender,
                SenderOther = other(message.Sender.Account),
                InGroup = message.Chat.IsGroup,
                FromMe = message.FromMe,
                Timestamp = message.Timestamp,
                PushName = message.PushName,
            },
            // Phones keep it beside the message: a vote on a poll needs it.
            message.Secret
                is { } secret
            && message.Content.Secret is null
                ? MessageContent.WithSecret(message.Message.Span, secret)
                : message.Message
        );

    private void Add(HistoryChat chat, HistoryPart part)
    {
        var name = Name(chat.Chat);
        // Later parts, which may come after some of it was read, say it again.
        if (part == HistoryPart.Bootstrap && chat.Unread > 0)
            _chats.Add(new(name, default, Read: false, chat.Unread, 0, Ciphertext: null));
        if (part == HistoryPart.Bootstrap)
            _flags.Add(
                new(
                    name,
                    ChatShown.Of(
                        new ChatChanged
                        {
                            Chat = chat.Chat,
                            Archived = chat.Archived,
                            Pinned = chat.Pinned,
                            Unread = chat.MarkedUnread,
                            Muted = chat.MutedUntil != 0,
                            MutedUntil = MutedUntil(chat.MutedUntil),
                        }
                    )
                )
            );
        if (chat.Chat.IsGroup && chat.Name is { } subject)
            Learn(chat.Chat, subject);
    }

    private void Learn(Jid account, string called)
    {
        if (!ChatNaming.IsChat(account))
            return;
        var contact = ContactRows.Of(
            account.Account,
            account.IsGroup ? null : other(account.Account),
            called
        );
        if (_contacts.ContainsKey(ChatNaming.Of(keyring, session, contact.Address)))
            return;
        var row = ContactRows.Seal(
            keyring,
            session,
            cipher,
            ContactRows.TagOf(keyring, session, contact),
            contact
        );
        _contacts[row.Contact] = row;
    }

    private RecordName Name(Jid chat) =>
        ChatNaming.Of(keyring, session, ChatNaming.Known(chat, chat.IsGroup ? null : other(chat)));

    /// <summary>In milliseconds, as elsewhere: phones are known to say either, and seconds are smaller than any time of theirs.</summary>
    private static long? MutedUntil(long said) =>
        said switch
        {
            <= 0 => null,
            < MostSeconds => said * 1000,
            _ => said,
        };

    /// <summary>When a message was sent; null: it does not say.</summary>
    private DateTimeOffset? TimeOf(long seconds) =>
        seconds <= 0
            ? null
            : DateTimeOffset.FromUnixTimeSeconds(Math.Min(seconds, now.ToUnixTimeSeconds()));
}
