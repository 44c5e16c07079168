using WaOperator.Store;

namespace WaOperator.Operator.Placement;

/// <summary>What the reports of a shard's process say about its memory. A value: each report makes the next one.</summary>
/// <param name="Permille">
/// The process's memory in parts per thousand of what its sessions are counted with, rounded up, 500 to 4000. Measured while
/// the process uses at least half of the cap, since below that its fixed part says nothing about its sessions; kept otherwise.
/// </param>
/// <param name="WindowsAbove">In how many successive reports it was above the cap, counted again after an eviction.</param>
/// <param name="At">When the latest report was made, by the database's clock: only to distinguish it from others.</param>
public sealed record MemoryWatch(int Permille, int WindowsAbove, DateTimeOffset? At)
{
    /// <summary>Nothing was reported yet.</summary>
    public static readonly MemoryWatch Unknown = new(1000, 0, null);

    /// <summary>It was above the cap in the latest report.</summary>
    public bool IsAbove { get; private init; }

    /// <summary>Someone was evicted from this process.</summary>
    public bool HasEvicted { get; private init; }

    /// <summary>Epoch of the lease under which the latest report was made: another one is another process, or may be.</summary>
    private long Epoch { get; init; }

    /// <summary>The watch after a report; the same one counts once.</summary>
    /// <param name="report">The report.</param>
    /// <param name="cap">The shard's memory cap in bytes.</param>
    public MemoryWatch After(ShardReport report, long cap)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (report.ReportedAt == At)
            return this;
        var same = report.LeaseEpoch == Epoch;
        var above = report.MemoryBytes > cap;
        return new(
            report.CostBytes > 0 && report.MemoryBytes >= cap / 2 ? PermilleOf(report) : Permille,
            above ? Math.Min((same ? WindowsAbove : 0) + 1, PlacementRules.EvictionWindows) : 0,
            report.ReportedAt
        )
        {
            IsAbove = above,
            HasEvicted = same && HasEvicted,
            Epoch = report.LeaseEpoch,
        };
    }

    /// <summary>The watch after a batch was evicted: what follows needs new measurements.</summary>
    public MemoryWatch Relieved() => this with { WindowsAbove = 0, HasEvicted = true };

    /// <summary>The watch when no one could report for a while.</summary>
    public MemoryWatch Interrupted() => this with { WindowsAbove = 0 };

    private static int PermilleOf(ShardReport report) =>
        (int)
            Int128.Clamp(
                (((Int128)report.MemoryBytes * 1000) + report.CostBytes - 1) / report.CostBytes,
                500,
                4000
            );
}
