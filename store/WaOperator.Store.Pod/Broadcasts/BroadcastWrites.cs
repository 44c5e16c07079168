using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>
/// Changes of broadcasts, each in a transaction of its own that is fenced by the session's epoch. All of them throw
/// <see cref="PostgresException"/> with <see cref="SqlStates.Fenced"/> when another pod owns the session by now, and
/// <see cref="CommitUnknownException"/> when it is not known whether the change was made; the same call may then be made again.
/// </summary>
public sealed class BroadcastWrites(NpgsqlDataSource database)
{
    /// <summary>Broadcasts of a session at most.</summary>
    public const int MaxBroadcasts = 100;

    /// <summary>Recipients of a broadcast at most.</summary>
    public const int MaxRecipients = 10_000;

    /// <summary>Makes a broadcast with its first recipients; nothing if there is one of that id.</summary>
    /// <returns>What became of it; null: the session has as many as it may have, and none of that id.</returns>
    public async Task<RecipientsAdded?> CreateAsync(
        OwnedSession session,
        BroadcastRow row,
        IReadOnlyList<RecipientRow> recipients,
        CancellationToken ct = default
    )
    {
        var added = await WriteAsync(
            session,
            ReadAdded,
            ct,
            Sql.BatchCommand(
                """
                insert into wa.session_broadcast (session_id, id, state, key_version, ciphertext) select $1, $2, 0, $3, $4
                 where (select count(*) from wa.session_broadcast x where x.session_id = $1) < $5
                on conflict do nothing
                """,
                session.SessionId,
                row.Id,
                row.KeyVersion,
                row.Ciphertext,
                MaxBroadcasts
            ),
            Add(session.SessionId, row.Id, recipients)
        );
        return added.SingleOrDefault();
    }

    /// <summary>Adds recipients to a broadcast, all that are not there yet or none.</summary>
    /// <returns>What became of them; null: there is no such broadcast.</returns>
    public async Task<RecipientsAdded?> AddAsync(
        OwnedSession session,
        string id,
        IReadOnlyList<RecipientRow> recipients,
        CancellationToken ct = default
    ) =>
        (
            await WriteAsync(session, ReadAdded, ct, Add(session.SessionId, id, recipients))
        ).SingleOrDefault();

    /// <summary>Gives a broadcast another state, of which an event is to tell.</summary>
    /// <param name="session">The session and the writer's epoch.</param>
    /// <param name="id">The broadcast.</param>
    /// <param name="from">States that it may have; in another one it stays as it is.</param>
    /// <param name="to">The new state. Running: only while no other one of the session is. Finished: only if no recipient is Pending.</param>
    /// <param name="reason">Why it is Stopped, in a word.</param>
    /// <param name="ct">Gives up.</param>
    /// <returns>False: it stayed as it is.</returns>
    public async Task<bool> MoveAsync(
        OwnedSession session,
        string id,
        IReadOnlyCollection<BroadcastState> from,
        BroadcastState to,
        string reason = "",
        CancellationToken ct = default
    )
    {
        var moved = await WriteAsync(
            session,
            r => r.GetString(0),
            ct,
            Sql.BatchCommand(
                """
                update wa.session_broadcast b set state = $4, reason = $5, changed_at = now(), untold = true,
                       started_at = case when $4 = 1 then coalesce(b.started_at, now()) else b.started_at end,
                       settled_before = case when $4 <> 1 then b.settled_before else
                           (select coalesce(sum(c.recipients), 0) from wa.broadcast_counts($1, $2) c where c.state between 2 and 5) end,
                       failed_before = case when $4 <> 1 then b.failed_before else
                           (select coalesce(sum(c.recipients), 0) from wa.broadcast_counts($1, $2) c where c.state = 5) end
                 where b.session_id = $1 and b.id = $2 and b.state = any ($3)
                   and ($4 <> 1 or not exists (select 1 from wa.session_broadcast x where x.session_id = $1 and x.id <> $2 and x.state = 1))
                   and ($4 <> 4 or not exists (select 1 from wa.session_broadcast_recipient r
                                                where r.session_id = $1 and r.broadcast = $2 and r.state = 0))
                returning b.id
                """,
                session.SessionId,
                id,
                from.Select(s => (short)s).ToArray(),
                (short)to,
                reason
            ),
            Sql.BatchCommand(
                """
                update wa.session_broadcast_recipient r set state = 6, reason = 'Cancelled'
                  from wa.session_broadcast b
                 where b.session_id = $1 and b.id = $2 and b.state = 5
                   and r.session_id = $1 and r.broadcast = $2 and r.state = 0
                """,
                session.SessionId,
                id
            )
        );
        return moved.Count > 0;
    }

    /// <summary>An event has told what state a broadcast has.</summary>
    public Task ToldAsync(
        OwnedSession session,
        string id,
        BroadcastState state,
        CancellationToken ct = default
    ) =>
        WriteAsync(
            session,
            r => r.GetString(0),
            ct,
            Sql.BatchCommand(
                "update wa.session_broadcast set untold = false where session_id = $1 and id = $2 and state = $3",
                session.SessionId,
                id,
                (short)state
            )
        );

    /// <summary>Removes a broadcast that does not run, with its recipients. Messages that are in the outbox stay there.</summary>
    /// <returns>False: there is none of that id, or it runs.</returns>
    public async Task<bool> RemoveAsync(
        OwnedSession session,
        string id,
        CancellationToken ct = default
    ) =>
        (
            await WriteAsync(
                session,
                r => r.GetString(0),
                ct,
                Sql.BatchCommand(
                    "delete from wa.session_broadcast where session_id = $1 and id = $2 and state <> 1 returning id",
                    session.SessionId,
                    id
                ),
                Sql.BatchCommand(
                    """
                    delete from wa.session_broadcast_recipient r where r.session_id = $1 and r.broadcast = $2
                       and not exists (select 1 from wa.session_broadcast b where b.session_id = $1 and b.id = $2)
                    """,
                    session.SessionId,
                    id
                )
            )
        ).Count > 0;

    private static NpgsqlBatchCommand Add(
        long session,
        string id,
        IReadOnlyList<RecipientRow> recipients
    ) =>
        Sql.BatchCommand(
            "select state, added, total from wa.broadcast_add($1, $2, $3, $4, $5, $6)",
            session,
            id,
            recipients.Select(r => r.Message).ToArray(),
            recipients.Select(r => r.KeyVersion).ToArray(),
            recipients.Select(r => r.Ciphertext).ToArray(),
            MaxRecipients
        );

    private static RecipientsAdded ReadAdded(NpgsqlDataReader r) =>
        new((BroadcastState)r.GetInt16(0), r.ValueOrNull<int>(1), r.GetInt32(2));

    /// <returns>The rows of all statements behind the fence.</returns>
    private async Task<List<T>> WriteAsync<T>(
        OwnedSession session,
        Func<NpgsqlDataReader, T> map,
        CancellationToken ct,
        params IReadOnlyList<NpgsqlBatchCommand> writes
    )
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection) { Timeout = 0 };
        batch.BatchCommands.Add(
            Sql.BatchCommand(
                "select wa.fence($1, $2)",
                new[] { session.SessionId },
                new[] { session.Epoch }
            )
        );
        foreach (var write in writes)
            batch.BatchCommands.Add(write);
        return await Commits.RunAsync(connection, RunAsync, ct);

        async Task<List<T>> RunAsync()
        {
            var rows = new List<T>();
            await using var reader = await batch.ExecuteReaderAsync(CancellationToken.None);
            while (await reader.NextResultAsync())
                rows.AddRange(await reader.ReadAllAsync(map, CancellationToken.None));
            return rows;
        }
    }
}
