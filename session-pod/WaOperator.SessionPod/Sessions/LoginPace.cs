namespace WaOperator.SessionPod.Sessions;

/// <summary>
/// Spaces logins evenly. Arithmetic only; times are since any fixed moment. A late turn may catch up by at most
/// <see cref="CatchUp"/>, so that coarse timers do not lower the rate, and no second sees more than the rate and that.
/// </summary>
internal sealed class LoginPace
{
    /// <summary>How much of the past may be made up for.</summary>
    public static readonly TimeSpan CatchUp = TimeSpan.FromMilliseconds(50);

    private TimeSpan next = TimeSpan.MinValue;

    /// <summary>How long until the next login may start; zero or less for now.</summary>
    public TimeSpan Wait(TimeSpan now) => next == TimeSpan.MinValue ? TimeSpan.Zero : next - now;

    /// <summary>A login starts now.</summary>
    /// <param name="now">The time.</param>
    /// <param name="perSecond">The rate, above 0.</param>
    public void Take(TimeSpan now, double perSecond)
    {
        var from = next > now - CatchUp ? next : now - CatchUp;
        next = from + TimeSpan.FromSeconds(1 / perSecond);
    }

    /// <summary>A shard's part of its pool's logins per second.</summary>
    public static double ShareOf(int poolPerSecond, int shards) =>
        (double)Math.Max(1, poolPerSecond) / Math.Max(1, shards);
}
