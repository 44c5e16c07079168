using System.Globalization;
using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>Reads what is to be posted of sessions that the caller owns.</summary>
public sealed class WebhookJournals(NpgsqlDataSource database)
{
    /// <summary>Sessions in one statement at most.</summary>
    public const int MaxSessions = 500;

    /// <summary>How far a webhook is in the journals of some sessions.</summary>
    /// <param name="webhook">The webhook.</param>
    /// <param name="start">Where it begins in those in which it has done nothing yet.</param>
    /// <param name="sessions">Up to <see cref="MaxSessions"/>.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<WebhookProgress>> ReadProgressAsync(
        StoredWebhook webhook,
        WebhookStart start,
        IReadOnlyCollection<long> sessions,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            start == WebhookStart.Earliest ? FromEarliest : FromNow,
            start == WebhookStart.Earliest
                ? [webhook.Id, sessions.ToArray()]
                : [webhook.Id, sessions.ToArray(), webhook.CreatedAt.ToUniversalTime()]
        );
        return await command.ReadAllAsync(
            r => new WebhookProgress(r.GetInt64(0), r.GetInt64(1), r.GetInt64(2), r.GetBoolean(3)),
            ct
        );
    }

    /// <summary>A page of a journal.</summary>
    /// <param name="session">The session.</param>
    /// <param name="after">The number before the first that is read.</param>
    /// <param name="rows">Entries at most.</param>
    /// <param name="bytes">No entry is read after so many bytes of them.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<WebhookEntry>> ReadPageAsync(
        long session,
        long after,
        int rows,
        int bytes,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            """
            select seq, type, key_version, ciphertext, chat, at from (
                select x.*, sum(octet_length(x.ciphertext)) over (order by x.seq) - octet_length(x.ciphertext) as before
                  from (select seq, type, key_version, ciphertext, chat, at from wa.session_event
                         where session_id = $1 and seq > $2 order by seq limit $3) x) y
             where before < $4 order by seq
            """,
            session,
            after,
            rows,
            bytes
        );
        return await command.ReadAllAsync(r => ReadEntry(r, 0), ct);
    }

    /// <summary>When the first entry behind a cursor was committed; null: those that were there are pruned.</summary>
    /// <param name="cursors">Up to <see cref="MaxSessions"/> sessions, each with its cursor.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Nothing of a session that is no longer the caller's.</returns>
    public async Task<
        IReadOnlyList<(long SessionId, long Cursor, DateTimeOffset? At)>
    > ReadHeadsAsync(
        IReadOnlyCollection<(long SessionId, long Cursor)> cursors,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            """
            select s.id, s.seq, e.at from unnest($1, $2) s (id, seq)
              left join lateral (select x.at from wa.session_event x
                                  where x.session_id = s.id and x.seq > s.seq order by x.seq limit 1) e on true
             where e.at is not null or exists (select 1 from wa.session_pruned p where p.session_id = s.id and p.seq > s.seq)
            """,
            cursors.Select(c => c.SessionId).ToArray(),
            cursors.Select(c => c.Cursor).ToArray()
        );
        return await command.ReadAllAsync(
            r => (r.GetInt64(0), r.GetInt64(1), r.ValueOrNull<DateTimeOffset>(2)),
            ct
        );
    }

    /// <summary>What is parked, or dead, of some sessions, the newest of each.</summary>
    /// <param name="webhook">The webhook.</param>
    /// <param name="sessions">Up to <see cref="MaxSessions"/>.</param>
    /// <param name="most">Events of a session at most.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<ParkedEvent>> ReadParkedAsync(
        long webhook,
        IReadOnlyCollection<long> sessions,
        int most,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            """
            select s.id, p.seq, p.chat, p.parked_at, p.due_at from unnest($2) s (id)
             cross join lateral (select x.seq, x.chat, x.parked_at, x.due_at from wa.webhook_parked x
                                  where x.webhook_id = $1 and x.session_id = s.id order by x.seq desc limit $3) p
            """,
            webhook,
            sessions.ToArray(),
            most
        );
        return await command.ReadAllAsync(
            r => new ParkedEvent(
                r.GetInt64(0),
                r.GetInt64(1),
                r.ValueOrNull<long>(2),
                r.GetFieldValue<DateTimeOffset>(3),
                r.ValueOrNull<DateTimeOffset>(4)
            ),
            ct
        );
    }

    /// <summary>When the next parked event of a session is due; null: there is none.</summary>
    public async Task<DateTimeOffset?> ReadNextDueAsync(
        long webhook,
        long session,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            "select min(due_at) from wa.webhook_parked where webhook_id = $1 and session_id = $2",
            webhook,
            session
        );
        return (
            await command.ReadAllAsync(r => r.ValueOrNull<DateTimeOffset>(0), ct)
        ).SingleOrDefault();
    }

    /// <summary>Parked events of a session whose time has come, in the order of their numbers.</summary>
    /// <param name="webhook">The webhook.</param>
    /// <param name="session">The session.</param>
    /// <param name="now">The time.</param>
    /// <param name="most">Events at most.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<WebhookEntry>> ReadDueAsync(
        long webhook,
        long session,
        DateTimeOffset now,
        int most,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            """
            select seq, type, key_version, ciphertext, chat, at, attempts from wa.webhook_parked
             where webhook_id = $1 and session_id = $2 and due_at <= $3 order by seq limit $4
            """,
            webhook,
            session,
            now.ToUniversalTime(),
            most
        );
        return await command.ReadAllAsync(r => ReadEntry(r, r.GetInt32(6)), ct);
    }

    /// <summary>How many events of some sessions are parked, and how many are dead.</summary>
    public async Task<(long Parked, long Dead)> CountParkedAsync(
        long webhook,
        IReadOnlyCollection<long> sessions,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            """
            select count(*) filter (where due_at is not null), count(*) filter (where due_at is null)
              from wa.webhook_parked where webhook_id = $1 and session_id = any ($2)
            """,
            webhook,
            sessions.ToArray()
        );
        return (await command.ReadAllAsync(r => (r.GetInt64(0), r.GetInt64(1)), ct)).Single();
    }

    /// <summary>Which of some sessions have events that died before a time.</summary>
    public async Task<IReadOnlyList<long>> FindDeadAsync(
        long webhook,
        IReadOnlyCollection<long> sessions,
        DateTimeOffset before,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            "select distinct session_id from wa.webhook_parked where webhook_id = $1 and session_id = any ($2) and dead_at < $3",
            webhook,
            sessions.ToArray(),
            before.ToUniversalTime()
        );
        return await command.ReadAllAsync(r => r.GetInt64(0), ct);
    }

    private static WebhookEntry ReadEntry(NpgsqlDataReader r, int attempts) =>
        new(
            new EventRow(
                r.GetInt64(0),
                r.GetString(1),
                r.GetInt32(2),
                r.GetFieldValue<byte[]>(3),
                Chat: r.ValueOrNull<long>(4)
            ),
            r.GetFieldValue<DateTimeOffset>(5),
            attempts
        );

    private static string Progress(string start) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"""
            select s.id, coalesce((select c.seq from wa.webhook_cursor c where c.webhook_id = $1 and c.session_id = s.id), {start}),
                   greatest((select e.seq from wa.session_event e where e.session_id = s.id order by e.seq desc limit 1),
                            (select p.seq from wa.session_pruned p where p.session_id = s.id), 0),
                   exists (select 1 from wa.webhook_cursor c where c.webhook_id = $1 and c.session_id = s.id)
              from unnest($2) s (id)
            """
        );

    private static readonly string FromEarliest = Progress("0");

    private static readonly string FromNow = Progress(
        """
        (select e.seq from wa.session_event e where e.session_id = s.id and e.at <= $3 order by e.seq desc limit 1),
        (select p.seq from wa.session_pruned p where p.session_id = s.id), 0
        """
    );
}
