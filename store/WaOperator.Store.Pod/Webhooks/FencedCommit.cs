using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>A statement that takes effect only while the caller owns sessions, as the group commit's do (<see cref="SessionWriter"/>).</summary>
internal static class FencedCommit
{
    /// <summary>Runs it behind the fence, in one transaction.</summary>
    /// <param name="database">Where.</param>
    /// <param name="sessions">The sessions, as their owner has them.</param>
    /// <param name="command">The statement.</param>
    /// <param name="ct">Breaks the connection.</param>
    /// <returns>How many rows it changed.</returns>
    /// <exception cref="PostgresException"><see cref="SqlStates.Fenced"/>: another shard owns one of them.</exception>
    /// <exception cref="CommitUnknownException">It may have become durable or not.</exception>
    public static async Task<int> RunAsync(
        NpgsqlDataSource database,
        IReadOnlyCollection<OwnedSession> sessions,
        NpgsqlBatchCommand command,
        CancellationToken ct
    )
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection)
        {
            Timeout = 0,
            BatchCommands =
            {
                Sql.BatchCommand(
                    "select wa.fence($1, $2)",
                    sessions.Select(s => s.SessionId).ToArray(),
                    sessions.Select(s => s.Epoch).ToArray()
                ),
                command,
            },
        };
        await Commits.RunAsync(
            connection,
            () => batch.ExecuteNonQueryAsync(CancellationToken.None),
            ct
        );
        return command.RecordsAffected;
    }
}
