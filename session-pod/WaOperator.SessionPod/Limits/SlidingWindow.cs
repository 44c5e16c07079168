namespace WaOperator.SessionPod.Limits;

/// <summary>
/// What was counted in the last minute, by tenths of a second; a tenth counts until it has passed as a whole. Not for several threads.
/// </summary>
internal sealed class SlidingWindow
{
    /// <summary>How long it is, in tenths of a second.</summary>
    public const long Length = 600;

    private readonly Queue<(long Tenth, int Count)> _parts = [];
    private (long Tenth, int Count) _last;
    private int _held;

    /// <summary>The tenth of a second that it is now.</summary>
    public static long Now(TimeProvider time) =>
        time.GetTimestamp() / (time.TimestampFrequency / 10);

    /// <summary>How much it holds.</summary>
    /// <param name="now">See <see cref="Now"/>.</param>
    public int Held(long now)
    {
        while (_parts.TryPeek(out var oldest) && oldest.Tenth < now - Length)
        {
            _parts.Dequeue();
            _held -= oldest.Count;
        }
        if (_last.Tenth < now - Length)
        {
            _held -= _last.Count;
            _last = default;
        }
        return _held;
    }

    /// <summary>Counts.</summary>
    /// <param name="now">See <see cref="Now"/>; never less than the time before.</param>
    /// <param name="count">1 or more.</param>
    public void Add(long now, int count)
    {
        Held(now);
        if (_last.Tenth == now)
            _last.Count += count;
        else
        {
            if (_last.Count > 0)
                _parts.Enqueue(_last);
            _last = (now, count);
        }
        _held += count;
    }

    /// <summary>In what time it holds less than now, and less than a limit; zero if it holds nothing.</summary>
    /// <param name="now">See <see cref="Now"/>.</param>
    /// <param name="limit">1 or more.</param>
    public TimeSpan Wait(long now, int limit)
    {
        var surplus = Math.Max(Held(now) - limit, 0);
        foreach (var part in _parts.Append(_last))
        {
            surplus -= part.Count;
            if (surplus < 0)
                return TimeSpan.FromMilliseconds((part.Tenth + Length + 1 - now) * 100);
        }
        return TimeSpan.Zero;
    }
}
