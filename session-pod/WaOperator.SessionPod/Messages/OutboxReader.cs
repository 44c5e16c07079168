using WaOperator.SessionPod.Keys;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Messages;

/// <summary>An outbound message and its times.</summary>
/// <param name="Message">The message.</param>
/// <param name="QueuedAt">When it was accepted.</param>
/// <param name="SettledAt">When it was acked or given up; null until then.</param>
internal sealed record StoredMessage(
    OutboundMessage Message,
    DateTimeOffset QueuedAt,
    DateTimeOffset? SettledAt
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
        var message = await OutboxCodec.OpenAsync(ciphers, found.Row, ct);
        return new(message, found.QueuedAt, found.SettledAt);
    }
}
