namespace WaOperator.SessionPod.Sessions;

/// <summary>
/// Spaces logins evenly. Arithmetic only; times are since any fixed moment. A late turn may catch up by at most
/// <see cref="CatchUp"/>, so that coarse timers do not lower the rate, and no second sees more than the rate and that.
/// </summary>
/// <remarks>
/// After a rest the first login comes at a random moment of its interval, where that is long: else the shards of a large pool
/// would all begin at once after a mass drop, far above the pool's rate.
/// </remarks>
/// <param name="random">0 to 1, excluding 1.</param>
internal sealed class LoginPace(Func<double> random)
{
    /// <summary>How much of the past may be made up for.</summary>
    public static readonly TimeSpan CatchUp = TimeSpan.FromMilliseconds(50);

    private TimeSpan? _next;

    /// <summary>How long until the next login may start; zero or less for now. Ask only when someone waits.</summary>
    /// <param name="now">The time.</param>
    /// <param name="perSecond">The rate, above 0.</param>
    public TimeSpan Wait(TimeSpan now, double perSecond)
    {
        var interval = TimeSpan.FromSeconds(1 / perSecond);
        if (_next is not { } at || now - at > interval)
            at = interval > CatchUp ? now + ((interval - CatchUp) * random()) : now;
        _next = at;
        return at - now;
    }

    /// <summary>A login starts now.</summary>
    /// <param name="now">The time.</param>
    /// <param name="perSecond">The rate, above 0.</param>
    public void Take(TimeSpan now, double perSecond)
    {
        var from = _next is { } at && at > now - CatchUp ? at : now - CatchUp;
        _next = from + TimeSpan.FromSeconds(1 / perSecond);
    }

    /// <summary>A shard's part of its pool's logins per second.</summary>
    public static double ShareOf(int poolPerSecond, int shards) =>
        (double)Math.Max(1, poolPerSecond) / Math.Max(1, shards);
}
