using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>A session's part of a replay that is not done.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="Replay">The replay's number.</param>
/// <param name="From">Events from this time on.</param>
/// <param name="To">And before this one.</param>
/// <param name="Failed">Only those that were given up.</param>
/// <param name="Seq">All up to it are done.</param>
/// <param name="Last">The number of the last event that may be of it.</param>
/// <param name="Posted">Events that were taken.</param>
/// <param name="Refused">Events that were not, and were passed over.</param>
public sealed record WebhookReplay(
    long SessionId,
    long Replay,
    DateTimeOffset From,
    DateTimeOffset To,
    bool Failed,
    long Seq,
    long Last,
    long Posted,
    long Refused
);

/// <summary>Events that are posted once more because their tenant asked for it.</summary>
public sealed class WebhookReplays(NpgsqlDataSource database)
{
    /// <summary>What is to be replayed of some sessions that the caller owns.</summary>
    public async Task<IReadOnlyList<WebhookReplay>> ReadAsync(
        long webhook,
        IReadOnlyCollection<long> sessions,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            """
            select session_id, replay, from_at, to_at, failed, seq, last, posted, refused from wa.webhook_replay
             where webhook_id = $1 and session_id = any ($2) and done_at is null
            """,
            webhook,
            sessions.ToArray()
        );
        return await command.ReadAllAsync(
            r => new WebhookReplay(
                r.GetInt64(0),
                r.GetInt64(1),
                r.GetFieldValue<DateTimeOffset>(2),
                r.GetFieldValue<DateTimeOffset>(3),
                r.GetBoolean(4),
                r.GetInt64(5),
                r.GetInt64(6),
                r.GetInt64(7),
                r.GetInt64(8)
            ),
            ct
        );
    }

    /// <summary>The next events of a part, in the order of their numbers; none when it is done.</summary>
    /// <param name="webhook">The webhook.</param>
    /// <param name="replay">The part.</param>
    /// <param name="rows">Events at most.</param>
    /// <param name="bytes">None is read after so many bytes of them.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<WebhookEntry>> ReadPageAsync(
        long webhook,
        WebhookReplay replay,
        int rows,
        int bytes,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            replay.Failed ? OfDead : OfJournal,
            webhook,
            replay.SessionId,
            replay.Seq,
            replay.Last,
            replay.From.ToUniversalTime(),
            replay.To.ToUniversalTime(),
            rows,
            bytes
        );
        return await command.ReadAllAsync(
            r => new WebhookEntry(
                new(
                    r.GetInt64(0),
                    r.GetString(1),
                    r.GetInt32(2),
                    r.GetFieldValue<byte[]>(3),
                    Chat: r.ValueOrNull<long>(4)
                ),
                r.GetFieldValue<DateTimeOffset>(5)
            ),
            ct
        );
    }

    /// <summary>Writes how far a part is. It may be repeated when its outcome is unknown.</summary>
    /// <param name="webhook">The webhook.</param>
    /// <param name="session">The session, as its owner has it.</param>
    /// <param name="replay">The part as it is now.</param>
    /// <param name="done">Whether nothing is left of it.</param>
    /// <param name="ct">Breaks the connection.</param>
    /// <returns>False: it was cancelled, or the webhook is gone.</returns>
    /// <exception cref="PostgresException"><see cref="SqlStates.Fenced"/>: another shard owns the session.</exception>
    public async Task<bool> AdvanceAsync(
        long webhook,
        OwnedSession session,
        WebhookReplay replay,
        bool done,
        CancellationToken ct = default
    ) =>
        await FencedCommit.RunAsync(
            database,
            [session],
            Sql.BatchCommand(
                """
                update wa.webhook_replay set seq = $4, posted = $5, refused = $6, done_at = case when $7 then now() end
                 where webhook_id = $1 and session_id = $2 and replay = $3 and done_at is null
                """,
                webhook,
                session.SessionId,
                replay.Replay,
                replay.Seq,
                replay.Posted,
                replay.Refused,
                done
            ),
            ct
        ) > 0;

    private static readonly string OfJournal = Page("wa.session_event", "$1::bigint is not null");

    private static readonly string OfDead = Page(
        "wa.webhook_parked",
        "webhook_id = $1 and dead_at is not null"
    );

    private static string Page(string table, string also) =>
        $"""
            select seq, type, key_version, ciphertext, chat, at from (
                select x.*, sum(octet_length(x.ciphertext)) over (order by x.seq) - octet_length(x.ciphertext) as before
                  from (select seq, type, key_version, ciphertext, chat, at from {table}
                         where {also} and session_id = $2 and seq > $3 and seq <= $4 and at >= $5 and at < $6
                         order by seq limit $7) x) y
             where before < $8 order by seq
            """;
}
