using Npgsql;

namespace WaOperator.Store;

/// <summary>
/// Runs what commits, and never cancels it. PostgreSQL answers a cancelled wait for a synchronous standby with success (and a
/// warning, SQLSTATE 01000), although the transaction exists on the primary alone; Npgsql sends such a cancel at its command timeout
/// and for a cancelled token, whatever its CancellationTimeout. So commands run here without a timeout of Npgsql's: past the
/// connection's command timeout, or when the caller's token is cancelled, the connection is broken and the outcome is unknown.
/// </summary>
public static class Commits
{
    /// <summary>Commits a transaction.</summary>
    /// <exception cref="CommitUnknownException">It may have become durable or not.</exception>
    public static async Task OfAsync(NpgsqlTransaction transaction, CancellationToken ct)
    {
        var connection = transaction.Connection!;
        await using var commit = new NpgsqlCommand("commit", connection) { CommandTimeout = 0 };
        await RunAsync(connection, () => commit.ExecuteNonQueryAsync(CancellationToken.None), ct);
    }

    /// <summary>Runs statements that commit by their end.</summary>
    /// <param name="connection">On which they run; broken afterwards if the outcome is unknown.</param>
    /// <param name="run">Runs them without a timeout and without a token.</param>
    /// <param name="ct">Breaks the connection.</param>
    internal static async Task<T> RunAsync<T>(
        NpgsqlConnection connection,
        Func<Task<T>> run,
        CancellationToken ct
    )
    {
        using var watch = new CommitWatch(connection, ct);
        try
        {
            var result = await run();
            watch.Confirm();
            return result;
        }
        catch (Exception e) when (watch.IsUnknown(e))
        {
            throw watch.Unknown(e);
        }
    }

    /// <summary><see cref="RunAsync"/> on the calling thread alone.</summary>
    internal static T Run<T>(NpgsqlConnection connection, Func<T> run)
    {
        using var watch = new CommitWatch(connection, CancellationToken.None);
        try
        {
            var result = run();
            watch.Confirm();
            return result;
        }
        catch (Exception e) when (watch.IsUnknown(e))
        {
            throw watch.Unknown(e);
        }
    }
}
