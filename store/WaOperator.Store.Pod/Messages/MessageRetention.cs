using System.Globalization;
using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>How long what messaging stored is kept.</summary>
/// <param name="Events">Entries of journals.</param>
/// <param name="Outbox">Outbound messages, after they were acked or given up.</param>
/// <param name="HandledWeeks">What was handled, in weeks, 1 or more.</param>
public sealed record Retention(TimeSpan Events, TimeSpan Outbox, int HandledWeeks);

/// <summary>
/// Removes what is older than its retention: the owner does it for its own sessions, a few at a time and a few rows of each, by
/// the order of their keys. A session without anything old costs six looks into an index, and two counts of its chats and contacts.
/// </summary>
public sealed class MessageRetention(NpgsqlDataSource database)
{
    /// <summary>Sessions in one turn at most.</summary>
    public const int MaxSessions = 100;

    /// <summary>Rows of a session and a table in one turn at most.</summary>
    public const int MaxRows = 100;

    /// <summary>Chats, and contacts, that are kept of a session; the oldest go first. Between two rounds there may be more.</summary>
    public const int MaxListed = 20_000;

    /// <summary>How long broadcasts that do not run are kept after their last change.</summary>
    public static readonly TimeSpan BroadcastDays = TimeSpan.FromDays(30);

    /// <summary>Prunes some sessions in one transaction.</summary>
    /// <returns>Sessions that have more.</returns>
    /// <exception cref="PostgresException"><see cref="SqlStates.Fenced"/>: another pod owns one of them by now; nothing was removed.</exception>
    public async Task<IReadOnlyCollection<long>> PruneAsync(
        IReadOnlyCollection<OwnedSession> sessions,
        Retention keep,
        CancellationToken ct = default
    )
    {
        if (sessions.Count > MaxSessions)
            throw new ArgumentException(
                $"{sessions.Count} sessions in one turn; at most {MaxSessions}",
                nameof(sessions)
            );
        var ids = sessions.Select(s => s.SessionId).ToArray();
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection)
        {
            Timeout = 0,
            BatchCommands =
            {
                Sql.BatchCommand(
                    "select wa.fence($1, $2)",
                    ids,
                    sessions.Select(s => s.Epoch).ToArray()
                ),
                Sql.BatchCommand(Events, ids, keep.Events),
                Sql.BatchCommand(Outbox, ids, keep.Outbox),
                Sql.BatchCommand(Handled, ids, keep.HandledWeeks),
                Sql.BatchCommand(Media, ids),
                Sql.BatchCommand(Past, ids, keep.Events),
                Sql.BatchCommand(Listed("session_chat", "chat", "last_at"), ids),
                Sql.BatchCommand(Listed("session_contact", "contact", "at"), ids),
                Sql.BatchCommand(Listed("session_chat_flag", "chat", "at"), ids),
                Sql.BatchCommand(Broadcasts, ids, BroadcastDays),
            },
        };
        return await Commits.RunAsync(connection, () => RunAsync(batch), ct);
    }

    private static async Task<HashSet<long>> RunAsync(NpgsqlBatch batch)
    {
        var more = new HashSet<long>();
        await using var reader = await batch.ExecuteReaderAsync();
        while (await reader.NextResultAsync())
        while (await reader.ReadAsync())
            if (reader.GetInt64(1) >= MaxRows)
                more.Add(reader.GetInt64(0));
        return more;
    }

    private static readonly string Events = string.Create(
        CultureInfo.InvariantCulture,
        $"""
        with old as (
            select e.session_id, e.seq from unnest($1) s (id)
             cross join lateral (select x.session_id, x.seq, x.at from wa.session_event x
                                  where x.session_id = s.id order by x.seq limit {MaxRows}) e
             where e.at < now() - $2),
        gone as (
            delete from wa.session_event e using old where e.session_id = old.session_id and e.seq = old.seq
            returning e.session_id, e.seq),
        noted as (
            insert into wa.session_pruned as p (session_id, seq) select session_id, max(seq) from gone group by session_id
            on conflict (session_id) do update set seq = greatest(p.seq, excluded.seq))
        select session_id, count(*) from gone group by session_id
        """
    );

    private static readonly string Outbox = string.Create(
        CultureInfo.InvariantCulture,
        $"""
        with old as (
            select e.session_id, e.id from unnest($1) s (id)
             cross join lateral (select x.session_id, x.id from wa.session_outbox x
                                  where x.session_id = s.id and x.settled_at < now() - $2
                                  order by x.settled_at limit {MaxRows}) e),
        gone as (
            delete from wa.session_outbox e using old where e.session_id = old.session_id and e.id = old.id
            returning e.session_id, e.seq, e.id, e.state),
        noted as (
            delete from wa.session_receipt r using gone where r.session_id = gone.session_id and r.message = gone.seq),
        kept as (
            update wa.session_broadcast_recipient r
               set state = wa.broadcast_state(gone.session_id, r.state, gone.state, gone.seq)
              from gone where r.session_id = gone.session_id and r.message = gone.id)
        select session_id, count(*) from gone group by session_id
        """
    );

    private static readonly string Handled = string.Create(
        CultureInfo.InvariantCulture,
        $"""
        with old as (
            select e.* from unnest($1) s (id)
             cross join lateral (select x.session_id, x.week, x.message from wa.session_handled x
                                  where x.session_id = s.id and x.week < {MessageSql.ThisWeek} - $2
                                  order by x.week limit {MaxRows}) e),
        gone as (
            delete from wa.session_handled e using old
             where e.session_id = old.session_id and e.week = old.week and e.message = old.message
            returning e.session_id)
        select session_id, count(*) from gone group by session_id
        """
    );

    // Each file says itself when it expires.
    private static readonly string Media = string.Create(
        CultureInfo.InvariantCulture,
        $"""
        with old as (
            select e.session_id, e.id from unnest($1) s (id)
             cross join lateral (select x.session_id, x.id from wa.session_media x
                                  where x.session_id = s.id and x.expires_at < now()
                                  order by x.expires_at limit {MaxRows}) e),
        gone as (
            delete from wa.session_media e using old where e.session_id = old.session_id and e.id = old.id
            returning e.session_id)
        select session_id, count(*) from gone group by session_id
        """
    );

    // By when they were sent: of messages that came live that is hardly before they were stored.
    private static readonly string Past = string.Create(
        CultureInfo.InvariantCulture,
        $"""
        with old as (
            select e.session_id, e.ref, e.chat from unnest($1) s (id)
             cross join lateral (select x.session_id, x.ref, x.chat from wa.session_past x
                                  where x.session_id = s.id and x.at < now() - $2
                                  order by x.at limit {MaxRows}) e),
        gone as (
            delete from wa.session_past e using old
             where e.session_id = old.session_id and e.ref = old.ref and e.chat = old.chat
            returning e.session_id)
        select session_id, count(*) from gone group by session_id
        """
    );

    // A broadcast goes with its last recipients, or in the round after them.
    private static readonly string Broadcasts = string.Create(
        CultureInfo.InvariantCulture,
        $"""
        with old as (
            select b.session_id, b.id from unnest($1) s (id)
             cross join lateral (select x.session_id, x.id from wa.session_broadcast x
                                  where x.session_id = s.id and x.state <> 1 and x.changed_at < now() - $2
                                  order by x.changed_at limit 1) b),
        due as (
            select r.session_id, r.message from old
             cross join lateral (select x.session_id, x.message from wa.session_broadcast_recipient x
                                  where x.session_id = old.session_id and x.broadcast = old.id limit {MaxRows}) r),
        gone as (
            delete from wa.session_broadcast_recipient r using due where r.session_id = due.session_id and r.message = due.message
            returning r.session_id),
        ended as (
            delete from wa.session_broadcast b using old
             where b.session_id = old.session_id and b.id = old.id
               and (select count(*) from due where due.session_id = b.session_id) < {MaxRows})
        select session_id, count(*) from gone group by session_id
        """
    );

    private static string Listed(string table, string key, string at) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            with old as (
                select e.session_id, e.{key} from unnest($1) s (id)
                 cross join lateral (select x.session_id, x.{key} from wa.{table} x where x.session_id = s.id
                                      order by x.{at} limit {MaxRows}) e
                 where (select count(*) from (select 1 from wa.{table} x where x.session_id = s.id limit {MaxListed} + 1) n) > {MaxListed}),
            gone as (
                delete from wa.{table} e using old where e.session_id = old.session_id and e.{key} = old.{key}
                returning e.session_id)
            select session_id, count(*) from gone group by session_id
            """
        );
}
