using System.Globalization;
using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>
/// Writes how far webhooks are, and what their endpoints refuse. Each write begins with the fence, as in the group commit
/// (<see cref="SessionWriter"/>): one of a former owner does not come through. All of them may be repeated when their outcome is unknown.
/// </summary>
public sealed class WebhookWrites(NpgsqlDataSource database)
{
    /// <summary>Steps in one transaction at most.</summary>
    public const int MaxMoves = 1_000;

    /// <summary>Moves cursors; none of them back.</summary>
    /// <returns>Sessions that fell out because another shard owns them now.</returns>
    /// <exception cref="CommitUnknownException">It may have become durable or not.</exception>
    public async Task<IReadOnlySet<long>> AdvanceAsync(
        IReadOnlyList<CursorMove> moves,
        CancellationToken ct = default
    )
    {
        var fenced = new HashSet<long>();
        while (moves.Count > 0)
        {
            try
            {
                await CommitAsync(
                    [.. moves.Select(m => m.Session).Distinct()],
                    Sql.BatchCommand(
                        """
                        insert into wa.webhook_cursor as c (webhook_id, session_id, seq) select * from unnest($1, $2, $3)
                        on conflict (webhook_id, session_id) do update set seq = excluded.seq where c.seq < excluded.seq
                        """,
                        moves.Select(m => m.WebhookId).ToArray(),
                        moves.Select(m => m.Session.SessionId).ToArray(),
                        moves.Select(m => m.Seq).ToArray()
                    ),
                    ct
                );
                break;
            }
            catch (PostgresException e) when (e.SqlState == SqlStates.Fenced)
            {
                foreach (var id in e.MessageText.Split(','))
                    fenced.Add(long.Parse(id, CultureInfo.InvariantCulture));
                moves = [.. moves.Where(m => !fenced.Contains(m.Session.SessionId))];
            }
            catch (PostgresException e)
                when (e.SqlState
                        is PostgresErrorCodes.ForeignKeyViolation
                            or PostgresErrorCodes.InsufficientPrivilege
                )
            {
                // A webhook was deleted: the others move without it.
                var left = await ExistingAsync(moves.Select(m => m.WebhookId), ct);
                if (!moves.All(m => left.Contains(m.WebhookId)))
                    moves = [.. moves.Where(m => left.Contains(m.WebhookId))];
                else if (e.SqlState == PostgresErrorCodes.ForeignKeyViolation)
                    throw;
                else
                {
                    // The lease ended between the fence and the rows.
                    fenced.UnionWith(moves.Select(m => m.Session.SessionId));
                    break;
                }
            }
        }
        return fenced;
    }

    /// <summary>Parks an event of the journal: what is stored of it is copied.</summary>
    /// <param name="webhook">The webhook.</param>
    /// <param name="session">Its owner's.</param>
    /// <param name="seq">Its number.</param>
    /// <param name="chat">What names its chat; null: it has none.</param>
    /// <param name="error">What the endpoint said.</param>
    /// <param name="now">When it was parked.</param>
    /// <param name="due">When it is tried again.</param>
    /// <param name="ct">Breaks the connection.</param>
    /// <exception cref="PostgresException"><see cref="SqlStates.Fenced"/>: another shard owns the session.</exception>
    public Task ParkAsync(
        long webhook,
        OwnedSession session,
        long seq,
        long? chat,
        string error,
        DateTimeOffset now,
        DateTimeOffset due,
        CancellationToken ct = default
    ) =>
        CommitAsync(
            [session],
            Sql.BatchCommand(
                """
                insert into wa.webhook_parked
                    (webhook_id, session_id, seq, chat, attempts, parked_at, due_at, error, type, key_version, ciphertext, at)
                select $1, e.session_id, e.seq, $7, 1, $4, $5, $6, e.type, e.key_version, e.ciphertext, e.at
                  from wa.session_event e where e.session_id = $2 and e.seq = $3
                on conflict (webhook_id, session_id, seq) do nothing
                """,
                webhook,
                session.SessionId,
                seq,
                now.ToUniversalTime(),
                due.ToUniversalTime(),
                error,
                chat
            ),
            ct
        );

    /// <summary>A parked event was refused again.</summary>
    /// <param name="webhook">The webhook.</param>
    /// <param name="session">Its owner's.</param>
    /// <param name="seq">Its number.</param>
    /// <param name="attempts">How often it was tried by now.</param>
    /// <param name="error">What the endpoint said.</param>
    /// <param name="due">When it is tried again.</param>
    /// <param name="ct">Breaks the connection.</param>
    public Task RetryAsync(
        long webhook,
        OwnedSession session,
        long seq,
        int attempts,
        string error,
        DateTimeOffset due,
        CancellationToken ct = default
    ) =>
        CommitAsync(
            [session],
            Sql.BatchCommand(
                """
                update wa.webhook_parked set attempts = $4, error = $5, due_at = $6
                 where webhook_id = $1 and session_id = $2 and seq = $3
                """,
                webhook,
                session.SessionId,
                seq,
                attempts,
                error,
                due.ToUniversalTime()
            ),
            ct
        );

    /// <summary>A parked event was refused for the last time.</summary>
    /// <param name="webhook">The webhook.</param>
    /// <param name="session">Its owner's.</param>
    /// <param name="seq">Its number.</param>
    /// <param name="attempts">How often it was tried.</param>
    /// <param name="error">What the endpoint said.</param>
    /// <param name="now">When.</param>
    /// <param name="ct">Breaks the connection.</param>
    public Task DeadAsync(
        long webhook,
        OwnedSession session,
        long seq,
        int attempts,
        string error,
        DateTimeOffset now,
        CancellationToken ct = default
    ) =>
        CommitAsync(
            [session],
            Sql.BatchCommand(
                """
                update wa.webhook_parked set attempts = $4, error = $5, due_at = null, dead_at = $6
                 where webhook_id = $1 and session_id = $2 and seq = $3
                """,
                webhook,
                session.SessionId,
                seq,
                attempts,
                error,
                now.ToUniversalTime()
            ),
            ct
        );

    /// <summary>A parked event was taken.</summary>
    public Task RemoveParkedAsync(
        long webhook,
        OwnedSession session,
        long seq,
        CancellationToken ct = default
    ) =>
        CommitAsync(
            [session],
            Sql.BatchCommand(
                "delete from wa.webhook_parked where webhook_id = $1 and session_id = $2 and seq = $3",
                webhook,
                session.SessionId,
                seq
            ),
            ct
        );

    /// <summary>Removes what died before a time.</summary>
    public Task PruneAsync(
        long webhook,
        IReadOnlyCollection<OwnedSession> sessions,
        DateTimeOffset before,
        CancellationToken ct = default
    ) =>
        CommitAsync(
            sessions,
            Sql.BatchCommand(
                "delete from wa.webhook_parked where webhook_id = $1 and session_id = any ($2) and dead_at < $3",
                webhook,
                sessions.Select(s => s.SessionId).ToArray(),
                before.ToUniversalTime()
            ),
            ct
        );

    /// <summary>Removes the oldest dead events of some sessions.</summary>
    /// <param name="webhook">The webhook.</param>
    /// <param name="sessions">The sessions.</param>
    /// <param name="kept">How many stay.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="PostgresException">One of the sessions is another shard's now: nothing is removed.</exception>
    public Task TrimAsync(
        long webhook,
        IReadOnlyCollection<OwnedSession> sessions,
        int kept,
        CancellationToken ct = default
    ) =>
        CommitAsync(
            sessions,
            Sql.BatchCommand(
                """
                delete from wa.webhook_parked p
                 using (select session_id, seq from wa.webhook_parked
                         where webhook_id = $1 and session_id = any ($2) and dead_at is not null
                         order by dead_at desc, session_id, seq offset $3) o
                 where p.webhook_id = $1 and p.session_id = o.session_id and p.seq = o.seq
                """,
                webhook,
                sessions.Select(s => s.SessionId).ToArray(),
                kept
            ),
            ct
        );

    private Task<int> CommitAsync(
        IReadOnlyCollection<OwnedSession> sessions,
        NpgsqlBatchCommand command,
        CancellationToken ct
    ) => FencedCommit.RunAsync(database, sessions, command, ct);

    private async Task<HashSet<long>> ExistingAsync(
        IEnumerable<long> webhooks,
        CancellationToken ct
    )
    {
        await using var command = database.Command(
            "select id from wa.webhook where id = any ($1)",
            webhooks.Distinct().ToArray()
        );
        return [.. await command.ReadAllAsync(r => r.GetInt64(0), ct)];
    }
}
