namespace WaOperator.Kubernetes.Cache;

/// <summary>Growing pauses between attempts, which begin again after a healthy time.</summary>
internal sealed class ReflectorBackoff(ReflectorOptions options, TimeProvider time, Random random)
{
    private TimeSpan _next = options.BackoffMin;
    private long _last = time.GetTimestamp();

    /// <summary>The pause to make now.</summary>
    public TimeSpan Next()
    {
        if (time.GetElapsedTime(_last) > options.BackoffReset)
            _next = options.BackoffMin;
        _last = time.GetTimestamp();
        var pause = _next;
        _next = TimeSpan.FromTicks(Math.Min(_next.Ticks * 2, options.BackoffMax.Ticks));
        return pause * (1 + random.NextDouble() * options.Jitter);
    }
}
