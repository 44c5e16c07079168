using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>What the owner of a session counts for it.</summary>
/// <param name="SessionId">Key of the session.</param>
/// <param name="Epoch">Epoch of its owner.</param>
/// <param name="Bytes">Memory.</param>
/// <param name="Idle">How long ago it was last active.</param>
public sealed record CountedCost(long SessionId, long Epoch, long Bytes, TimeSpan Idle);

/// <summary>Writes session costs.</summary>
public sealed class SessionCosts(NpgsqlDataSource database)
{
    /// <summary>
    /// Writes counts of sessions that their writer owns; others are passed over. A cost is a hint to placement and no state of
    /// the session: a stale one that slips in is put right by the owner's next, so no row is locked for it. What the last owner
    /// counted is not undercut by a new owner's first count.
    /// </summary>
    /// <returns>What is stored now of those that were written.</returns>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<IReadOnlyList<(long Id, long Bytes)>> WriteAsync(
        IReadOnlyCollection<CountedCost> costs,
        CancellationToken ct = default
    )
    {
        if (costs.Count == 0)
            return [];
        return await database.CommitAsync(
            """
            insert into wa.session_cost as r (session_id, epoch, bytes, active_at)
            select c.id, c.epoch, c.bytes, wa.clock() - make_interval(secs => c.idle)
              from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::float8[]) as c (id, epoch, bytes, idle)
              join wa.session_owner o on o.session_id = c.id and o.epoch = c.epoch and o.pool_uid is not null
            on conflict (session_id) do update set epoch = excluded.epoch,
               bytes = case when r.epoch = excluded.epoch then excluded.bytes else greatest(r.bytes, excluded.bytes) end,
               active_at = excluded.active_at, changed = pg_current_xact_id()
             where r.epoch <= excluded.epoch
            returning session_id, bytes
            """,
            [
                costs.Select(c => c.SessionId).ToArray(),
                costs.Select(c => c.Epoch).ToArray(),
                costs.Select(c => c.Bytes).ToArray(),
                costs.Select(c => c.Idle.TotalSeconds).ToArray(),
            ],
            r => (r.GetInt64(0), r.GetInt64(1)),
            ct
        );
    }
}
