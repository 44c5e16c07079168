namespace WaOperator.SessionPod.Reports;

/// <summary>
/// What a session is counted with: what was counted most within the last hour, rounded up to a grid in steps of a tenth, changed
/// at most once a minute. A value of a few bytes, arithmetic only: each session has one. A session whose memory goes up and
/// down therefore changes its cost hardly ever, and placement does not follow every message.
/// </summary>
/// <param name="Bytes">The cost; 0 before the first count.</param>
/// <param name="ChangedAt">In which minute it last changed.</param>
/// <param name="Hour">The hour that <paramref name="Peak"/> is of.</param>
/// <param name="Peak">The most that was counted in that hour.</param>
/// <param name="PeakBefore">The most that was counted in the hour before.</param>
internal readonly record struct SmoothCost(
    long Bytes,
    int ChangedAt,
    int Hour,
    long Peak,
    long PeakBefore
)
{
    /// <summary>The least cost, and the grid's first step.</summary>
    public const long Least = 16 * 1024;

    private const int MinutesPerHour = 60;

    /// <summary>Takes a count.</summary>
    /// <param name="bytes">What was counted now.</param>
    /// <param name="minute">Minutes since any fixed moment, never going back.</param>
    public SmoothCost Count(long bytes, int minute)
    {
        var hour = minute / MinutesPerHour;
        var (peak, before) =
            hour == Hour ? (Math.Max(Peak, bytes), PeakBefore)
            : hour == Hour + 1 ? (bytes, Peak)
            : (bytes, 0);
        var cost = Step(Math.Max(peak, before));
        var may = Bytes == 0 || minute > ChangedAt;
        return cost == Bytes || !may
            ? this with
            {
                Hour = hour,
                Peak = peak,
                PeakBefore = before,
            }
            : new(cost, minute, hour, peak, before);
    }

    /// <summary>The grid's next step from <paramref name="bytes"/> upwards; each is a tenth above the one before.</summary>
    public static long Step(long bytes)
    {
        var step = Least;
        while (step < bytes && step < long.MaxValue / 2)
            step += step / 10;
        return step;
    }
}
