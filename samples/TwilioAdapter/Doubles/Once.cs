using Npgsql;

namespace TwilioAdapter.Doubles;

/// <summary>Handles each event once, however often and at how many replicas it arrives.</summary>
internal sealed class Once(
    EventLock locks,
    HandledLookup lookup,
    HandledInsert insert,
    NpgsqlDataSource database
)
{
    /// <summary>Handles an event, unless that was done before. After it, what <paramref name="handle"/> wrote is durable.</summary>
    /// <param name="id">What is the same each time that the event arrives.</param>
    /// <param name="handle">Writes, by the connection that it is given, and does nothing else.</param>
    /// <param name="ct">Ends the waiting.</param>
    public async Task HandleAsync(
        string id,
        Func<NpgsqlConnection, Task> handle,
        CancellationToken ct
    )
    {
        await using var held = await locks.TakeAsync(id, ct);
        if (await lookup.IsHandledAsync(id, ct))
            return;
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (!await insert.TryAsync(connection, id))
            return;
        await handle(connection);
        await transaction.CommitAsync(ct);
    }
}
