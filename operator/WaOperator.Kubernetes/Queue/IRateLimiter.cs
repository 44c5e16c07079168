namespace WaOperator.Kubernetes.Queue;

/// <summary>Says how long to wait before a key is tried again. Safe for use from many threads.</summary>
public interface IRateLimiter<in TKey>
    where TKey : notnull
{
    /// <summary>Counts a failure and returns the pause to make.</summary>
    TimeSpan When(TKey key);

    /// <summary>The key succeeded: its failures no longer count.</summary>
    void Forget(TKey key);

    /// <summary>Failures since the key was last forgotten.</summary>
    int NumRequeues(TKey key);
}

/// <summary>Pauses that double with each failure of a key.</summary>
/// <param name="baseDelay">The first pause.</param>
/// <param name="maxDelay">The longest.</param>
public sealed class ItemExponentialFailureRateLimiter<TKey>(TimeSpan baseDelay, TimeSpan maxDelay)
    : IRateLimiter<TKey>
    where TKey : notnull
{
    private readonly System.Collections.Concurrent.ConcurrentDictionary<TKey, int> _failures =
        new();

    /// <inheritdoc/>
    public TimeSpan When(TKey key)
    {
        var before = _failures.AddOrUpdate(key, 1, (_, n) => n + 1) - 1;
        var seconds = baseDelay.TotalSeconds * Math.Pow(2, Math.Min(before, 62));
        return seconds >= maxDelay.TotalSeconds ? maxDelay : TimeSpan.FromSeconds(seconds);
    }

    /// <inheritdoc/>
    public void Forget(TKey key) => _failures.TryRemove(key, out _);

    /// <inheritdoc/>
    public int NumRequeues(TKey key) => _failures.GetValueOrDefault(key);
}

/// <summary>A token bucket for all keys together: after the burst, so many per second in the order of asking.</summary>
/// <param name="perSecond">Refill.</param>
/// <param name="burst">Size of the bucket.</param>
/// <param name="time">The clock.</param>
public sealed class BucketRateLimiter<TKey>(double perSecond, int burst, TimeProvider time)
    : IRateLimiter<TKey>
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private double _tokens = burst;
    private long _last = time.GetTimestamp();

    /// <inheritdoc/>
    public TimeSpan When(TKey key)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            _tokens =
                Math.Min(burst, _tokens + time.GetElapsedTime(_last, now).TotalSeconds * perSecond)
                - 1;
            _last = now;
            return _tokens >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_tokens / perSecond);
        }
    }

    /// <inheritdoc/>
    public void Forget(TKey key) { }

    /// <inheritdoc/>
    public int NumRequeues(TKey key) => 0;
}

/// <summary>The longest of several pauses.</summary>
public sealed class MaxOfRateLimiter<TKey>(params IRateLimiter<TKey>[] limiters)
    : IRateLimiter<TKey>
    where TKey : notnull
{
    /// <inheritdoc/>
    public TimeSpan When(TKey key) => limiters.Select(l => l.When(key)).Max();

    /// <inheritdoc/>
    public void Forget(TKey key)
    {
        foreach (var limiter in limiters)
            limiter.Forget(key);
    }

    /// <inheritdoc/>
    public int NumRequeues(TKey key) => limiters.Max(l => l.NumRequeues(key));
}

/// <summary>The limiter that controllers use unless told otherwise.</summary>
public static class RateLimiters
{
    /// <summary>The longer of 5 ms x 2^n up to 1000 s per key, and 10 per second with bursts of 100 for all keys.</summary>
    public static IRateLimiter<TKey> Default<TKey>(TimeProvider time)
        where TKey : notnull =>
        new MaxOfRateLimiter<TKey>(
            new ItemExponentialFailureRateLimiter<TKey>(
                TimeSpan.FromMilliseconds(5),
                TimeSpan.FromSeconds(1000)
            ),
            new BucketRateLimiter<TKey>(10, 100, time)
        );
}
