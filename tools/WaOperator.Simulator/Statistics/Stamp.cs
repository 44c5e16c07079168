namespace WaOperator.Simulator.Statistics;

/// <summary>An instant: wall clock for people and correlation, monotonic ticks for durations.</summary>
internal readonly record struct Stamp(DateTimeOffset At, long Ticks);

/// <summary>Takes stamps and measures between them.</summary>
internal sealed class Clock(TimeProvider time)
{
    /// <summary>The source of time.</summary>
    public TimeProvider Time => time;

    /// <summary>Now.</summary>
    public Stamp Now() => new(time.GetUtcNow(), time.GetTimestamp());

    /// <summary>That much later than now.</summary>
    public Stamp In(TimeSpan span) =>
        new(
            time.GetUtcNow() + span,
            time.GetTimestamp() + (long)(span.TotalSeconds * time.TimestampFrequency)
        );

    /// <summary>The time from <paramref name="from"/> to <paramref name="to"/>; negative if they are in the other order.</summary>
    public TimeSpan Between(Stamp from, Stamp to) => time.GetElapsedTime(from.Ticks, to.Ticks);

    /// <summary>The time since <paramref name="from"/>.</summary>
    public TimeSpan Since(Stamp from) => Between(from, Now());

    /// <summary>Seconds since 1970, as stanzas carry them.</summary>
    public long UnixSeconds => time.GetUtcNow().ToUnixTimeSeconds();
}
