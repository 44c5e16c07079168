using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Messages;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Chats;

/// <summary>A message of a chat.</summary>
/// <param name="At">When it was committed; of one that waits, when it was queued.</param>
internal abstract record HistoryItem(DateTimeOffset At);

/// <summary>A message that was received, or sent by another device of the account.</summary>
/// <param name="At">When it was committed.</param>
/// <param name="Seq">Its number in the journal.</param>
/// <param name="Message">The message.</param>
internal sealed record ReceivedItem(DateTimeOffset At, long Seq, MessageReceived Message)
    : HistoryItem(At);

/// <summary>A message from before this session was linked, as the phone gave it.</summary>
/// <param name="At">When it was sent.</param>
/// <param name="Message">The message.</param>
internal sealed record PastItem(DateTimeOffset At, MessageReceived Message) : HistoryItem(At);

/// <summary>A message that was sent through this session.</summary>
/// <param name="At">When it was acked or given up, or queued.</param>
/// <param name="Message">The message.</param>
internal sealed record SentItem(DateTimeOffset At, StoredMessage Message) : HistoryItem(At);

/// <summary>Where messages of a chat stand, in the order in which they are read.</summary>
internal enum HistoryShelf : byte
{
    /// <summary>In the outbox, not settled.</summary>
    Waiting = 1,

    /// <summary>In the journal.</summary>
    Journal = 2,

    /// <summary>Among those from before the session was linked.</summary>
    Past = 3,
}

/// <summary>Where a chat's history continues.</summary>
/// <param name="Shelf">Among which messages.</param>
/// <param name="Before">Before this place, or number; of the past its time, in Unix seconds.</param>
/// <param name="Seq">Of the past what tells messages of that second apart.</param>
internal readonly record struct HistoryCursor(HistoryShelf Shelf, long Before, long Seq = 0)
{
    /// <summary>From the newest on.</summary>
    public static HistoryCursor Start { get; } = new(HistoryShelf.Waiting, long.MaxValue);

    /// <summary>Whether there can be such a place.</summary>
    public bool IsValid =>
        Shelf is HistoryShelf.Waiting or HistoryShelf.Journal
        || (Shelf == HistoryShelf.Past && Before is >= 0 and <= Latest);

    /// <summary>Of the past.</summary>
    public PastCursor Past => new(DateTimeOffset.FromUnixTimeSeconds(Before), Seq);

    /// <summary>The newest of the past.</summary>
    public static HistoryCursor OfPast { get; } = new(HistoryShelf.Past, Latest);

    private const long Latest = 253_402_300_799;
}

/// <summary>
/// Reads chats backwards: first what waits to be sent, then what was received and sent, in the order of the journal, then what the phone
/// gave of the time before the session was linked, by when it was sent.
/// </summary>
/// <param name="context">What all sessions share.</param>
/// <param name="stored">Their rows.</param>
/// <param name="chats">Addresses of chats.</param>
internal sealed class HistoryReader(MessageContext context, ChatHistory stored, ChatBook chats)
{
    private const int MostLooked = 500;

    /// <summary>A page of a chat's messages.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="chat">An address of it.</param>
    /// <param name="from">Where to begin.</param>
    /// <param name="most">Messages in a page.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The messages, and where the next page begins; null: there is none.</returns>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public async Task<(IReadOnlyList<HistoryItem> Page, HistoryCursor? Next)> ReadAsync(
        long tenant,
        long session,
        Jid chat,
        HistoryCursor from,
        int most,
        CancellationToken ct
    )
    {
        var addresses = await chats.AddressesAsync(tenant, session, chat);
        var page = new List<HistoryItem>();
        using var ciphers = new AtRestCiphers(context.Keyring, tenant, session);
        if (from.Shelf == HistoryShelf.Waiting)
        {
            var waiting = await stored.ReadWaitingAsync(session, from.Before, MostLooked, ct);
            foreach (var row in waiting)
            {
                if (page.Count == most)
                    return (page, from);
                from = new(HistoryShelf.Waiting, row.Seq);
                var message = await OutboxReader.OpenAsync(ciphers, row, ct);
                if (Is(addresses, Jid.Parse(message.Message.Chat)))
                    page.Add(new SentItem(row.QueuedAt, message));
            }
            if (waiting.Count == MostLooked)
                return (page, from);
            from = new(HistoryShelf.Journal, long.MaxValue);
        }
        if (page.Count == most)
            return (page, from);
        long[] names =
        [
            .. addresses.Select(jid => ChatNaming.Of(context.Keyring, session, jid).Prefix),
        ];
        if (from.Shelf == HistoryShelf.Journal)
        {
            var asked = most - page.Count;
            var rows = await stored.ReadAsync(session, names, from.Before, asked, ct);
            page.AddRange(await ItemsAsync(ciphers, session, addresses, rows, ct));
            if (rows.Count == asked)
                return (page, new(HistoryShelf.Journal, rows[^1].Row.Seq));
            from = HistoryCursor.OfPast;
        }
        return page.Count == most
            ? (page, from)
            : await PastAsync(ciphers, session, addresses, names, from, page, most, ct);
    }

    private async Task<(IReadOnlyList<HistoryItem> Page, HistoryCursor? Next)> PastAsync(
        AtRestCiphers ciphers,
        long session,
        IReadOnlyList<Jid> addresses,
        long[] names,
        HistoryCursor from,
        List<HistoryItem> page,
        int most,
        CancellationToken ct
    )
    {
        var asked = most - page.Count;
        var rows = await stored.ReadPastAsync(session, names, from.Past, asked, ct);
        foreach (var (_, row) in rows)
            if (
                await PastBoxes.TryOpenAsync(ciphers, row, ct) is { } message
                && ChatsOf(message).Any(chat => Is(addresses, chat))
            )
                page.Add(new PastItem(row.At, message));
        return (
            page,
            rows.Count == asked
                ? new(HistoryShelf.Past, rows[^1].Row.At.ToUnixTimeSeconds(), rows[^1].Seq)
                : null
        );
    }

    private async Task<List<HistoryItem>> ItemsAsync(
        AtRestCiphers ciphers,
        long session,
        IReadOnlyList<Jid> addresses,
        List<StoredEvent> rows,
        CancellationToken ct
    )
    {
        var events = new List<(StoredEvent Row, SessionEvent Event)>(rows.Count);
        foreach (var row in rows)
            if (await TryOpenAsync(ciphers, row.Row, ct) is { } e)
                events.Add((row, e));
        string[] ids = [.. events.Select(e => IdOfSent(e.Event)).OfType<string>()];
        var sent = new Dictionary<string, StoredMessage>(StringComparer.Ordinal);
        if (ids.Length > 0)
            foreach (var row in await stored.FindAsync(session, ids, ct))
                sent[row.Row.Id] = await OutboxReader.OpenAsync(ciphers, row, ct);
        var items = new List<HistoryItem>(events.Count);
        foreach (var (row, e) in events)
            if (e is MessageReceived m && ChatsOf(m).Any(chat => Is(addresses, chat)))
                items.Add(new ReceivedItem(row.At, row.Row.Seq, m));
            else if (
                IdOfSent(e) is { } id
                && sent.TryGetValue(id, out var message)
                && Is(addresses, Jid.Parse(message.Message.Chat))
                // One that was given up and is sent again stands where it is now.
                && message.SettledAt <= row.At
            )
                items.Add(new SentItem(row.At, message));
        return items;
    }

    private static IEnumerable<Jid> ChatsOf(MessageReceived m) =>
        m.Head.ChatOther is { } other ? [m.Head.Chat, other] : [m.Head.Chat];

    private static bool Is(IReadOnlyList<Jid> addresses, Jid chat) =>
        addresses.Any(address => ChatNames.Same(address, chat));

    private static string? IdOfSent(SessionEvent e) =>
        e switch
        {
            MessageSent sent => sent.Id,
            MessageFailed failed => failed.Id,
            _ => null,
        };

    /// <remarks>A damaged entry costs its readers that entry, not the page.</remarks>
    private static async ValueTask<SessionEvent?> TryOpenAsync(
        AtRestCiphers ciphers,
        EventRow row,
        CancellationToken ct
    )
    {
        try
        {
            return (await EventRows.OpenAsync(ciphers, row, ct)).Event;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
