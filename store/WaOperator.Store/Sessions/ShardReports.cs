using Npgsql;
using WaOperator.Store.Leases;

namespace WaOperator.Store.Sessions;

/// <summary>What a shard counts of itself, every few seconds.</summary>
/// <param name="Shard">Which shard.</param>
/// <param name="LeaseEpoch">Lease epoch of the reporter.</param>
/// <param name="Sessions">Sessions that it owns.</param>
/// <param name="Connected">Sessions with a logged-in socket.</param>
/// <param name="MemoryBytes">Resident memory of the process.</param>
public sealed record ShardReport(
    ShardId Shard,
    long LeaseEpoch,
    int Sessions,
    int Connected,
    long MemoryBytes
);

/// <summary>Writes and reads shard reports.</summary>
public sealed class ShardReports(NpgsqlDataSource database)
{
    /// <summary>Writes a report; one of an older lease epoch changes nothing.</summary>
    public async Task WriteAsync(ShardReport report, CancellationToken ct = default)
    {
        await using var command = database.Command(
            """
            insert into wa.shard_report as r (pool_uid, ordinal, lease_epoch, sessions, connected, memory_bytes, reported_at)
            values ($1, $2, $3, $4, $5, $6, wa.clock())
            on conflict (pool_uid, ordinal) do update set lease_epoch = excluded.lease_epoch, sessions = excluded.sessions,
               connected = excluded.connected, memory_bytes = excluded.memory_bytes, reported_at = excluded.reported_at
             where r.lease_epoch <= excluded.lease_epoch
            """,
            report.Shard.PoolUid,
            report.Shard.Ordinal,
            report.LeaseEpoch,
            report.Sessions,
            report.Connected,
            report.MemoryBytes
        );
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>All reports.</summary>
    public async Task<IReadOnlyList<ShardReport>> ReadAsync(CancellationToken ct = default)
    {
        await using var command = database.Command(
            "select pool_uid, ordinal, lease_epoch, sessions, connected, memory_bytes from wa.shard_report"
        );
        return await command.ReadAllAsync(
            r => new ShardReport(
                new ShardId(r.GetString(0), r.GetInt32(1)),
                r.GetInt64(2),
                r.GetInt32(3),
                r.GetInt32(4),
                r.GetInt64(5)
            ),
            ct
        );
    }
}
