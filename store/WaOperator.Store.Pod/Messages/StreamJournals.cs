using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>Where a reader of a session's journal begins.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="IsOwn">Whether the shard owned it under the epoch when this was read; nothing is known of it otherwise.</param>
/// <param name="Behind">The number of the last event that happened up to the time that was asked for; 0 for none, or if it was not asked for.</param>
/// <param name="Pruned">Up to which number the journal has been pruned.</param>
/// <param name="Last">The number of its last event, pruned or not.</param>
public sealed record JournalStart(long SessionId, bool IsOwn, long Behind, long Pruned, long Last);

/// <summary>A session whose journal begins to be read.</summary>
/// <param name="Session">The session, as the shard owns it.</param>
/// <param name="Unseen">Whether nothing of it was read before, so that it is looked up where to begin.</param>
public readonly record struct JournalOpening(OwnedSession Session, bool Unseen);

/// <summary>A page of a session's journal.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="IsOwn">Whether the shard owned it under the epoch when this was read; nothing is known of it otherwise.</param>
/// <param name="Pruned">Up to which number the journal has been pruned.</param>
/// <param name="Rows">Its entries, in order.</param>
public sealed record JournalPage(
    long SessionId,
    bool IsOwn,
    long Pruned,
    IReadOnlyList<StoredEvent> Rows
);

/// <summary>A page that is asked for.</summary>
/// <param name="Session">The session, as the shard owns it.</param>
/// <param name="After">The number before the first entry that is read.</param>
public readonly record struct JournalPlace(OwnedSession Session, long After);

/// <summary>
/// Reads the journals of many sessions at once. Row security shows nothing of a session that was given back, so each answer says whether
/// it was the shard's: else an empty journal could not be told from a foreign one.
/// </summary>
public sealed class StreamJournals(NpgsqlDataSource database)
{
    private const string Own = """
        exists (select 1 from wa.session_owner o where o.session_id = s.id and o.epoch = s.epoch and o.pool_uid is not null)
        """;

    // Times rise with the numbers, and have no index: by halves, each of which is one look into the primary key. All up to lo happened
    // by then, all behind hi later.
    private const string Behind = """
        with recursive half (lo, hi) as (
            select 0::bigint, (select e.seq from wa.session_event e where e.session_id = s.id order by e.seq desc limit 1)
            union all
            select case when m.at <= $4 then m.seq else h.lo end, case when m.at <= $4 then h.hi else (h.lo + h.hi + 1) / 2 - 1 end
              from half h
             cross join lateral (select e.seq, e.at from wa.session_event e
                                  where e.session_id = s.id and e.seq >= (h.lo + h.hi + 1) / 2 order by e.seq limit 1) m
             where h.lo < h.hi)
        select max(lo) from half
        """;

    /// <summary>Where readers begin.</summary>
    /// <param name="sessions">The sessions.</param>
    /// <param name="since">Of those of which nothing was read before, what happened later is to be read.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<JournalStart>> ReadStartsAsync(
        IReadOnlyCollection<JournalOpening> sessions,
        DateTimeOffset since,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            $"""
            select s.id, {Own},
                   case when s.unseen then ({Behind}) else 0 end,
                   coalesce((select p.seq from wa.session_pruned p where p.session_id = s.id), 0),
                   coalesce((select e.seq from wa.session_event e where e.session_id = s.id order by e.seq desc limit 1), 0)
              from unnest($1, $2, $3) s (id, epoch, unseen)
            """,
            sessions.Select(s => s.Session.SessionId).ToArray(),
            sessions.Select(s => s.Session.Epoch).ToArray(),
            sessions.Select(s => s.Unseen && since > DateTimeOffset.UnixEpoch).ToArray(),
            since.ToUniversalTime()
        );
        return await command.ReadAllAsync(
            r => new JournalStart(
                r.GetInt64(0),
                r.GetBoolean(1),
                r.GetInt64(2),
                r.GetInt64(3),
                Math.Max(r.GetInt64(3), r.GetInt64(4))
            ),
            ct
        );
    }

    /// <summary>The next page of each, in the order in which they are asked for.</summary>
    /// <param name="places">From where.</param>
    /// <param name="rows">Entries of one session at most.</param>
    /// <param name="bytes">No entry of a session is read after so many bytes of them.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<JournalPage>> ReadPagesAsync(
        IReadOnlyCollection<JournalPlace> places,
        int rows,
        int bytes,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            $"""
            select s.id, {Own}, coalesce((select p.seq from wa.session_pruned p where p.session_id = s.id), 0),
                   e.seq, e.type, e.key_version, e.ciphertext, e.at
              from unnest($1, $2, $3) with ordinality s (id, epoch, after, place)
              left join lateral (
                  select y.seq, y.type, y.key_version, y.ciphertext, y.at from (
                      select x.*, sum(octet_length(x.ciphertext)) over (order by x.seq) - octet_length(x.ciphertext) as before
                        from (select i.seq, i.type, i.key_version, i.ciphertext, i.at from wa.session_event i
                               where i.session_id = s.id and i.seq > s.after order by i.seq limit $4) x) y
                   where y.before < $5) e on true
             order by s.place, e.seq
            """,
            places.Select(p => p.Session.SessionId).ToArray(),
            places.Select(p => p.Session.Epoch).ToArray(),
            places.Select(p => p.After).ToArray(),
            rows,
            bytes
        );
        var read = await command.ReadAllAsync(
            r =>
                (
                    Id: r.GetInt64(0),
                    IsOwn: r.GetBoolean(1),
                    Pruned: r.GetInt64(2),
                    Row: r.IsDBNull(3)
                        ? null
                        : new StoredEvent(
                            new EventRow(
                                r.GetInt64(3),
                                r.GetString(4),
                                r.GetInt32(5),
                                r.GetFieldValue<byte[]>(6)
                            ),
                            r.GetFieldValue<DateTimeOffset>(7)
                        )
                ),
            ct
        );
        return
        [
            .. read.GroupBy(r => r.Id)
                .Select(g =>
                {
                    var first = g.First();
                    return new JournalPage(
                        g.Key,
                        first.IsOwn,
                        first.Pruned,
                        [.. g.Select(r => r.Row).OfType<StoredEvent>()]
                    );
                }),
        ];
    }
}
