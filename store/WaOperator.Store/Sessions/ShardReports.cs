using Npgsql;
using WaOperator.Store.Leases;

namespace WaOperator.Store.Sessions;

/// <summary>What a shard counts of itself, every few seconds.</summary>
/// <param name="Shard">Which shard.</param>
/// <param name="LeaseEpoch">Lease epoch of the reporter.</param>
/// <param name="Sessions">Sessions that it owns.</param>
/// <param name="Connected">Sessions with a logged-in socket.</param>
/// <param name="MemoryBytes">Resident memory of the process.</param>
/// <param name="CostBytes">What its sessions are counted with together; 0 when nobody counts.</param>
public sealed record ShardReport(
    ShardId Shard,
    long LeaseEpoch,
    int Sessions,
    int Connected,
    long MemoryBytes,
    long CostBytes = 0
)
{
    /// <summary>When it was written, by the database's clock; null before.</summary>
    public DateTimeOffset? ReportedAt { get; init; }
}

/// <summary>Writes and reads shard reports.</summary>
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

    /// <summary>All reports.</summary>
    public async Task<IReadOnlyList<ShardReport>> ReadAsync(CancellationToken ct = default)
    {
        await using var command = database.Command(Select);
        return await command.ReadAllAsync(Read, ct);
    }

    internal const string Select =
        "select pool_uid, ordinal, lease_epoch, sessions, connected, memory_bytes, cost_bytes, reported_at from wa.shard_report";

    internal static ShardReport Read(NpgsqlDataReader r) =>
        new(
            new ShardId(r.GetString(0), r.GetInt32(1)),
            r.GetInt64(2),
            r.GetInt32(3),
            r.GetInt32(4),
            r.GetInt64(5),
            r.GetInt64(6)
        )
        {
            ReportedAt = r.GetFieldValue<DateTimeOffset>(7),
        };
}
