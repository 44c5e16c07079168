namespace WaOperator.Operator.Placement;

/// <summary>
/// How many sessions of a pool may be moved now: so many per minute, evenly, with a short burst. A value: each use makes the
/// next one.
/// </summary>
/// <param name="Left">Moves that may be made now, with fractions.</param>
/// <param name="At">Timestamp of this count.</param>
public readonly record struct MoveBudget(double Left, long At)
{
    /// <summary>Moves per minute where a pool has forbidden rebalancing: a drain that was ordered still has to end.</summary>
    public const int Fallback = 60;

    /// <summary>Moves that may be made at once: those of five seconds, and at least one.</summary>
    private static double BurstOf(int perMinute) => Math.Max(1, perMinute / 12.0);

    /// <summary>A full budget.</summary>
    public static MoveBudget Full(int perMinute, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        return new(BurstOf(Rate(perMinute)), clock.GetTimestamp());
    }

    /// <summary>The budget now.</summary>
    public MoveBudget Refill(int perMinute, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        var rate = Rate(perMinute);
        var now = clock.GetTimestamp();
        var gained = clock.GetElapsedTime(At, now).TotalMinutes * rate;
        return new(Math.Min(BurstOf(rate), Left + gained), now);
    }

    /// <summary>The budget after so many moves.</summary>
    public MoveBudget Spend(int moves) => this with { Left = Left - moves };

    private static int Rate(int perMinute) => perMinute > 0 ? perMinute : Fallback;
}
