using WaOperator.Store;

namespace WaOperator.SessionPod.Limits;

/// <summary>
/// A session's tokens: one a message, a burst of them at most, coming back evenly. Not for several threads, but for
/// <see cref="Look"/>.
/// </summary>
internal sealed class PaceBucket
{
    private double _fullAt;

    /// <summary>Takes a token.</summary>
    /// <param name="pace">How fast.</param>
    /// <param name="now">Seconds of any clock that does not run backwards.</param>
    /// <returns>False: there is none.</returns>
    public bool TryTake(SendPace pace, double now)
    {
        if (WaitFor(pace, 1, now) > TimeSpan.Zero)
            return false;
        Volatile.Write(ref _fullAt, Math.Max(_fullAt, now) + Every(pace));
        return true;
    }

    /// <summary>In what time there are so many tokens.</summary>
    /// <param name="pace">How fast.</param>
    /// <param name="tokens">1 to the burst.</param>
    /// <param name="now">See <see cref="TryTake"/>.</param>
    public TimeSpan WaitFor(SendPace pace, int tokens, double now)
    {
        var seconds = _fullAt - (pace.Burst - tokens) * Every(pace) - now;
        // Rounding of the clock is no wait.
        return seconds > Rounding ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;
    }

    /// <summary>How many tokens there are, of how many a minute, and in what time there is one more; zero: there are all.</summary>
    /// <param name="pace">How fast.</param>
    /// <param name="now">See <see cref="TryTake"/>.</param>
    public LimitState Look(SendPace pace, double now)
    {
        var missing = Math.Max(Volatile.Read(ref _fullAt) - now, 0) / Every(pace);
        var left = Math.Max(pace.Burst - (long)Math.Ceiling(missing - Rounding), 0);
        var next = (missing - (pace.Burst - left - 1)) * Every(pace);
        return new(
            pace.PerMinute,
            left,
            left == pace.Burst ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Max(next, 0))
        );
    }

    private const double Rounding = 1e-6;

    private static double Every(SendPace pace) => 60.0 / pace.PerMinute;
}
