using WaOperator.Store.Sessions;

namespace WaOperator.Operator.Placement;

/// <summary>What the reports of a shard's process say about its memory. A value: each report makes the next one.</summary>
/// <param name="Permille">
/// The process's memory in parts per thousand of what its sessions are counted with, 500 to 4000. Measured while the process
/// uses at least half of the cap, since below its fixed part tells nothing about its sessions; kept otherwise.
/// </param>
/// <param name="WindowsAbove">In how many successive reports it was above the cap.</param>
/// <param name="At">When the latest report was made, by the database's clock: only tells it from others.</param>
public sealed record MemoryWatch(int Permille, int WindowsAbove, DateTimeOffset? At)
{
    /// <summary>Nothing was reported yet.</summary>
    public static readonly MemoryWatch Unknown = new(1000, 0, null);

    /// <summary>The watch after a report; the same one counts once.</summary>
    /// <param name="report">The report.</param>
    /// <param name="cap">The shard's memory cap in bytes.</param>
    public MemoryWatch After(ShardReport report, long cap)
    {
        ArgumentNullException.ThrowIfNull(report);
        if (report.ReportedAt == At)
            return this;
        var measures = report.CostBytes > 0 && report.MemoryBytes >= cap / 2;
        return new(
            measures
                ? (int)Int128.Clamp((Int128)report.MemoryBytes * 1000 / report.CostBytes, 500, 4000)
                : Permille,
            report.MemoryBytes > cap
                ? Math.Min(WindowsAbove + 1, PlacementRules.EvictionWindows)
                : 0,
            report.ReportedAt
        );
    }

    /// <summary>The watch after a batch was evicted: what follows needs new measurements.</summary>
    public MemoryWatch Relieved() => this with { WindowsAbove = 0 };
}
