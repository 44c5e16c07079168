using WaOperator.SessionPod.Keys;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Messages;

/// <summary>An outbound message and its times.</summary>
/// <param name="Message">The message.</param>
/// <param name="State">How far it has come; the message itself knows fewer states.</param>
/// <param name="QueuedAt">When it was accepted.</param>
/// <param name="SettledAt">When it was acked or given up; null until then.</param>
/// <param name="DueAt">When it is to be queued; null: it does not wait for that.</param>
internal sealed record StoredMessage(
    OutboundMessage Message,
    OutboxState State,
    DateTimeOffset QueuedAt,
    DateTimeOffset? SettledAt,
    DateTimeOffset? DueAt
);

/// <summary>Reads sessions' queues for others than the connection that sends them.</summary>
/// <param name="context">What all sessions share.</param>
internal sealed class OutboxReader(MessageContext context)
{
    /// <summary>A message; null when there is none of that id.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="id">Its id.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    /// <exception cref="InvalidDataException">Damaged, or encrypted with another key.</exception>
    public async Task<StoredMessage?> FindAsync(
        long tenant,
        long session,
        string id,
        CancellationToken ct
    )
    {
        if (await context.Stored.FindOutboxAsync(session, id, ct) is not { } found)
            return null;
        using var ciphers = new AtRestCiphers(context.Keyring, tenant, session);
        return await OpenAsync(ciphers, found, ct);
    }

    /// <summary>A page of messages: first those that are not settled, then the others, each newest first.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="after">Continues behind it; null: from the beginning.</param>
    /// <param name="most">Messages that are looked at.</param>
    /// <param name="fits">Whether a message is asked for.</param>
    /// <param name="wanted">Messages in the page, at most.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Those that fit, and where the next page begins; null: there is none.</returns>
    public async Task<(IReadOnlyList<StoredMessage> Page, OutboxCursor? Next)> ListAsync(
        long tenant,
        long session,
        OutboxCursor? after,
        int most,
        Func<StoredMessage, bool> fits,
        int wanted,
        CancellationToken ct
    )
    {
        var rows = await context.Stored.ListOutboxAsync(session, after, most, ct);
        var page = new List<StoredMessage>();
        OutboxCursor? last = null;
        using var ciphers = new AtRestCiphers(context.Keyring, tenant, session);
        foreach (var row in rows)
        {
            if (page.Count == wanted)
                return (page, last);
            last = new(row.SettledAt, row.Seq);
            if (await OpenAsync(ciphers, row, ct) is var message && fits(message))
                page.Add(message);
        }
        return (page, rows.Count == most ? last : null);
    }

    /// <summary>Decrypts a message.</summary>
    /// <exception cref="InvalidDataException">Damaged, or encrypted with another key.</exception>
    internal static async Task<StoredMessage> OpenAsync(
        AtRestCiphers ciphers,
        StoredOutbox row,
        CancellationToken ct
    ) =>
        new(
            await OutboxCodec.OpenAsync(ciphers, row.Row, ct),
            row.Row.State,
            row.QueuedAt,
            row.SettledAt,
            row.Row.DueAt
        );
}
