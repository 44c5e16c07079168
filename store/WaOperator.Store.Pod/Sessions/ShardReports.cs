using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>Writes shard reports.</summary>
public sealed class ShardReports(NpgsqlDataSource database)
{
    /// <summary>Writes a report; one of an older lease epoch changes nothing.</summary>
    public Task WriteAsync(ShardReport report, CancellationToken ct = default) =>
        database.CommitAsync(
            """
            insert into wa.shard_report as r (pool_uid, ordinal, lease_epoch, sessions, connected, memory_bytes, cost_bytes, reported_at)
            values ($1, $2, $3, $4, $5, $6, $7, wa.clock())
            on conflict (pool_uid, ordinal) do update set lease_epoch = excluded.lease_epoch, sessions = excluded.sessions,
               connected = excluded.connected, memory_bytes = excluded.memory_bytes, cost_bytes = excluded.cost_bytes,
               reported_at = excluded.reported_at
             where r.lease_epoch <= excluded.lease_epoch
            """,
            [
                report.Shard.PoolUid,
                report.Shard.Ordinal,
                report.LeaseEpoch,
                report.Sessions,
                report.Connected,
                report.MemoryBytes,
                report.CostBytes,
            ],
            ct
        );
}
