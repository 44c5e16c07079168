using Npgsql;

namespace WaOperator.Store.Gateway;

/// <summary>Tickets that open one stream of events each, known by their hashes.</summary>
public sealed class StreamTickets(NpgsqlDataSource database)
{
    /// <summary>Tickets that a tenant has at most, about: those that were neither used nor have expired.</summary>
    public const int MaxOfTenant = 1_000;

    /// <summary>Keeps a ticket. Kept twice it is there once.</summary>
    /// <param name="hash">Its hash, 32 bytes.</param>
    /// <param name="tenant">Whose it is.</param>
    /// <param name="sealed">What it stands for, encrypted by the ticket; at most 128 KiB.</param>
    /// <param name="life">How long it can be used, 300 s at most.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Until when it can be used; null: the tenant has <see cref="MaxOfTenant"/> already.</returns>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task<DateTimeOffset?> PutAsync(
        byte[] hash,
        long tenant,
        byte[] @sealed,
        TimeSpan life,
        CancellationToken ct = default
    ) =>
        (
            await database.LookUpAsync(
                "select wa.ticket_put($1, $2, $3, $4, $5)",
                [hash, tenant, @sealed, (int)life.TotalSeconds, MaxOfTenant],
                r => r.ValueOrNull<DateTimeOffset>(0),
                ct
            )
        ).Single();

    /// <summary>Takes a ticket: it opens nothing from then on.</summary>
    /// <param name="hash">Its hash.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>What it stands for; null: it was used, has expired, or is none.</returns>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task<byte[]?> TakeAsync(byte[] hash, CancellationToken ct = default)
    {
        await using var command = database.Command("select wa.ticket_take($1)", hash);
        return await command.ExecuteScalarAsync(ct) as byte[];
    }
}
