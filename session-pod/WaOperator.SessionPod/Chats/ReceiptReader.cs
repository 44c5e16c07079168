using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Messages;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Chats;

/// <summary>When someone got a message.</summary>
/// <param name="Participant">Who.</param>
/// <param name="Other">The participant's other address, where it is known.</param>
/// <param name="Delivered">When a device of his got it; null: none has said so.</param>
/// <param name="Read">When it was read.</param>
/// <param name="Played">When it was played.</param>
internal sealed record Arrival(
    Jid Participant,
    Jid? Other,
    DateTimeOffset? Delivered,
    DateTimeOffset? Read,
    DateTimeOffset? Played
);

/// <summary>Reads who got the messages of sessions' outboxes.</summary>
/// <param name="context">What all sessions share.</param>
/// <param name="stored">Their rows.</param>
/// <param name="addresses">Numbers and LIDs of accounts.</param>
internal sealed class ReceiptReader(
    MessageContext context,
    SessionChats stored,
    AddressBook addresses
)
{
    /// <summary>Addresses that one account may have been told by: two, and those of other forms of its number.</summary>
    private const int MostOfOne = 16;

    /// <summary>A page of who got a message. In a chat of two it is always the other one, alone.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="id">The message.</param>
    /// <param name="after">Continues behind it; null: from the beginning.</param>
    /// <param name="most">Participants in a page.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Null: there is no message of that id in the outbox. Else who got it, and where the next page begins.</returns>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    /// <exception cref="InvalidDataException">Damaged, or encrypted with another key.</exception>
    public async Task<(IReadOnlyList<Arrival> Page, RecordName? Next)?> ListAsync(
        long tenant,
        long session,
        string id,
        RecordName? after,
        int most,
        CancellationToken ct
    )
    {
        if (await context.Stored.FindOutboxAsync(session, id, ct) is not { } message)
            return null;
        using var ciphers = new AtRestCiphers(context.Keyring, tenant, session);
        var chat = Jid.Parse((await OutboxCodec.OpenAsync(ciphers, message.Row, ct)).Chat);
        var rows = await stored.ListReceiptsAsync(
            session,
            (message.Seq, id),
            chat.IsShared ? after : null,
            chat.IsShared ? most : MostOfOne,
            ct
        );
        if (!chat.IsShared)
            return ([await OneAsync(tenant, session, chat, rows)], null);
        var people = new List<(Jid Who, ReceiptRow Row)>(rows.Count);
        foreach (var row in rows)
            people.Add((await ChatBoxes.OpenAsync(ciphers, row, ct), row));
        var others = await addresses.OthersAsync(tenant, session, people.Select(p => p.Who), ct);
        return (
            [
                .. people.Select(p => new Arrival(
                    p.Who,
                    others.TryGetValue(p.Who, out var other) ? other : null,
                    p.Row.DeliveredAt,
                    p.Row.ReadAt,
                    p.Row.PlayedAt
                )),
            ],
            rows.Count == most ? rows[^1].Participant : null
        );
    }

    /// <summary>When a message was first delivered, read and played, by anyone; each null: not yet.</summary>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public Task<(
        DateTimeOffset? Delivered,
        DateTimeOffset? Read,
        DateTimeOffset? Played
    )> FirstAsync(long session, string id, CancellationToken ct) =>
        stored.FirstReceiptsAsync(session, id, ct);

    private async Task<Arrival> OneAsync(
        long tenant,
        long session,
        Jid chat,
        IReadOnlyList<ReceiptRow> rows
    ) =>
        new(
            chat,
            await addresses.OtherAsync(tenant, session, chat),
            rows.Min(r => r.DeliveredAt),
            rows.Min(r => r.ReadAt),
            rows.Min(r => r.PlayedAt)
        );
}
