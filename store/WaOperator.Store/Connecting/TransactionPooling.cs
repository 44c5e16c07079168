using Npgsql;

namespace WaOperator.Store.Connecting;

/// <summary>
/// Finds out whether a pooler stands in between that gives a connection another server for each transaction (PgBouncer with pool_mode
/// transaction or statement). Settings, prepared statements, advisory locks and what a take-over knows of a dead owner's connections
/// belong to a server's session, and all of them are needed.
/// </summary>
public static class TransactionPooling
{
    private const int Rounds = 3;

    /// <summary>What to do about it, for people; a sentence that follows the setting's name.</summary>
    public const string Refusal =
        "leads to a pooler that gives each transaction another server (PgBouncer's pool_mode transaction or statement), which is not supported; "
        + "connect to PostgreSQL itself or use pool_mode session";

    /// <summary>Asks the server.</summary>
    /// <param name="database">With room for two connections.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="ConnectionSettingException">There is one.</exception>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public static async Task RefuseAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var mine = await database.OpenConnectionAsync(ct);
        var first = await BackendAsync(mine, ct);
        // PostgreSQL itself gives a new connection the same pid; a pooler has to invent one.
        if (first == mine.ProcessID)
            return;
        await using var other = await database.OpenConnectionAsync(ct);
        for (var round = 0; round < Rounds; round++)
        {
            // One pooler gives the server that was used last, another the one that has rested longest: the second question finds
            // the latter, a transaction that holds a server the former.
            if (await BackendAsync(mine, ct) != first || await PinAsync(other, ct) == first)
                throw new ConnectionSettingException(Refusal);
            var now = await BackendAsync(mine, ct);
            await RunAsync(other, "rollback", ct);
            if (now != first)
                throw new ConnectionSettingException(Refusal);
        }
    }

    /// <summary>Begins a transaction, which holds a server.</summary>
    private static async Task<int> PinAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        try
        {
            await RunAsync(connection, "begin", ct);
            return await BackendAsync(connection, ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ProtocolViolation)
        {
            // Statement pooling has no transactions.
            throw new ConnectionSettingException(Refusal);
        }
    }

    private static async Task<int> BackendAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("select pg_backend_pid()", connection);
        return (int)(await command.ExecuteScalarAsync(ct))!;
    }

    private static async Task RunAsync(
        NpgsqlConnection connection,
        string sql,
        CancellationToken ct
    )
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}
