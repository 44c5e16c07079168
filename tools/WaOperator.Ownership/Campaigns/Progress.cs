using System.Globalization;

namespace WaOperator.Ownership.Campaigns;

/// <summary>Shows how far a campaign is, how fast, and when it will have ended.</summary>
internal sealed class Progress(TimeProvider time)
{
    private readonly long _begin = time.GetTimestamp();

    private double Seconds => time.GetElapsedTime(_begin).TotalSeconds;

    /// <summary>One line.</summary>
    /// <param name="lanes">What runs side by side.</param>
    /// <param name="broken">Schedules that broke an invariant.</param>
    /// <param name="late">How late the machine is.</param>
    public string Line(IReadOnlyList<Lane> lanes, int broken, TimeSpan late)
    {
        var done = lanes.Sum(l => l.Done);
        // Lanes run side by side: the slowest ends last, or all share what the machine can do.
        var left = lanes
            .Where(l => l.Done < l.Total)
            .Select(l => l.Done == 0 ? (double?)null : (l.Total - l.Done) * Seconds / l.Done)
            .ToArray();
        var end = left.Contains(null)
            ? "end unknown yet"
            : $"ends in {left.Max() ?? 0:0} s, at {time.GetUtcNow().AddSeconds(left.Max() ?? 0):HH:mm:ss} UTC";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{done}/{lanes.Sum(l => l.Total)} schedules ({string.Join(", ", lanes.Where(l => l.Total > 0).Select(l => $"{l.Done} {l.Name}"))}) after {Seconds:0} s, {done / Seconds:0.0} a second, {Cost(done)}, timers {late.TotalMilliseconds:0} ms late, {end}; {broken} broke an invariant"
        );
    }

    /// <summary>The whole.</summary>
    public string Summary(int done) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{done / Seconds:0.0} schedules a second for {Seconds:0} s, {Cost(done)}"
        );

    private static string Cost(int done) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{Effort.Spent().TotalSeconds / Math.Max(done, 1):0.00} CPU seconds each"
        );
}
