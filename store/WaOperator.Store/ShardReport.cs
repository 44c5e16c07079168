namespace WaOperator.Store;

/// <summary>What a shard counts of itself, every few seconds.</summary>
/// <param name="Shard">Which shard.</param>
/// <param name="LeaseEpoch">Lease epoch of the reporter.</param>
/// <param name="Sessions">Sessions that it owns.</param>
/// <param name="Connected">Sessions with a logged-in socket.</param>
/// <param name="MemoryBytes">Resident memory of the process.</param>
/// <param name="CostBytes">What its sessions are counted with together; 0 when they are not counted.</param>
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
