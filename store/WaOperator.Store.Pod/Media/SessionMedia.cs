using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>A file that a tenant uploaded.</summary>
/// <param name="Id">Random.</param>
/// <param name="ExpiresAt">When it goes.</param>
/// <param name="KeyVersion">Version of the tenant's key that encrypted it.</param>
/// <param name="Ciphertext">Where the file is, and its key.</param>
public sealed record MediaRow(
    byte[] Id,
    DateTimeOffset ExpiresAt,
    int KeyVersion,
    byte[] Ciphertext
);

/// <summary>Files that tenants uploaded, by session. Only the session's owner writes, in transactions that are fenced.</summary>
public sealed class SessionMedia(NpgsqlDataSource database)
{
    /// <summary>Adds a file.</summary>
    /// <param name="session">The session and the writer's epoch.</param>
    /// <param name="row">The file.</param>
    /// <param name="ct">Gives up; then it may have been added or not.</param>
    /// <exception cref="PostgresException"><see cref="SqlStates.Fenced"/>: another pod owns the session by now.</exception>
    /// <exception cref="CommitUnknownException">It may have been added or not.</exception>
    public Task AddAsync(OwnedSession session, MediaRow row, CancellationToken ct = default) =>
        WriteAsync(
            session,
            Sql.BatchCommand(
                """
                insert into wa.session_media (session_id, id, expires_at, key_version, ciphertext) values ($1, $2, $3, $4, $5)
                """,
                session.SessionId,
                row.Id,
                row.ExpiresAt,
                row.KeyVersion,
                row.Ciphertext
            ),
            ct
        );

    /// <summary>A file that has not expired; null: there is none of that id.</summary>
    public async Task<MediaRow?> FindAsync(long session, byte[] id, CancellationToken ct = default)
    {
        await using var command = database.Command(
            """
            select id, expires_at, key_version, ciphertext from wa.session_media
             where session_id = $1 and id = $2 and expires_at > now()
            """,
            session,
            id
        );
        var found = await command.ReadAllAsync(
            r => new MediaRow(
                r.GetFieldValue<byte[]>(0),
                r.GetFieldValue<DateTimeOffset>(1),
                r.GetInt32(2),
                r.GetFieldValue<byte[]>(3)
            ),
            ct
        );
        return found.SingleOrDefault();
    }

    /// <summary>Removes a file.</summary>
    /// <param name="session">The session and the writer's epoch.</param>
    /// <param name="id">Its id.</param>
    /// <param name="ct">Gives up; then it may have been removed or not.</param>
    /// <returns>False: there was none.</returns>
    /// <exception cref="PostgresException"><see cref="SqlStates.Fenced"/>: another pod owns the session by now.</exception>
    /// <exception cref="CommitUnknownException">It may have been removed or not.</exception>
    public async Task<bool> RemoveAsync(
        OwnedSession session,
        byte[] id,
        CancellationToken ct = default
    ) =>
        await WriteAsync(
            session,
            Sql.BatchCommand(
                "delete from wa.session_media where session_id = $1 and id = $2",
                session.SessionId,
                id
            ),
            ct
        ) > 0;

    private async Task<int> WriteAsync(
        OwnedSession session,
        NpgsqlBatchCommand write,
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
                    new[] { session.SessionId },
                    new[] { session.Epoch }
                ),
                write,
            },
        };
        await Commits.RunAsync(
            connection,
            () => batch.ExecuteNonQueryAsync(CancellationToken.None),
            ct
        );
        return (int)write.RecordsAffected;
    }
}
