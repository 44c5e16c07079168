namespace WaOperator.SessionPod.Webhooks;

/// <summary>
/// Whether an endpoint is posted to: one that fails is left alone, for longer and longer, but for one post at a time that tries it.
/// Decides by the times that it is told alone. Not safe for several threads.
/// </summary>
/// <param name="random">From 0 to 1, exclusive: spreads the tries of many.</param>
/// <param name="failingSince">Since when the endpoint has failed, as far as that is known from before.</param>
internal sealed class Breaker(Func<double> random, DateTimeOffset? failingSince = null)
{
    private const double Spread = 0.2;

    private static readonly TimeSpan[] Pauses =
    [
        TimeSpan.FromSeconds(5),
        TimeSpan.FromSeconds(15),
        TimeSpan.FromSeconds(30),
        TimeSpan.FromMinutes(1),
        TimeSpan.FromMinutes(2),
        TimeSpan.FromMinutes(5),
    ];

    /// <summary>For longer no endpoint is left alone that has something to post: what failed before was another failure.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromHours(2);

    private int _step;
    private DateTimeOffset? _failedAt;

    /// <summary>When the endpoint may be tried next; null: it takes events.</summary>
    public DateTimeOffset? NextProbe { get; private set; }

    /// <summary>Whether the endpoint is left alone.</summary>
    public bool IsOpen => NextProbe is not null;

    /// <summary>Since when the endpoint has failed without a success.</summary>
    public DateTimeOffset? FailingSince { get; private set; } = failingSince;

    /// <summary>Counts openings: what a post that began before one comes to says nothing of the time after it.</summary>
    public int Round { get; private set; }

    /// <summary>The endpoint took an event.</summary>
    /// <param name="round">The <see cref="Round"/> in which its post began.</param>
    public void Succeeded(int round)
    {
        if (round != Round)
            return;
        (NextProbe, FailingSince, _step) = (null, null, 0);
    }

    /// <summary>What was before does not count for how long it has failed.</summary>
    /// <param name="now">The time.</param>
    public void CountFrom(DateTimeOffset now) => FailingSince = now;

    /// <summary>The endpoint failed.</summary>
    /// <param name="round">The <see cref="Round"/> in which its post began.</param>
    /// <param name="now">The time.</param>
    /// <param name="retryAfter">For how long it asks to be left alone.</param>
    public void Failed(int round, DateTimeOffset now, TimeSpan? retryAfter)
    {
        if (FailingSince is null || now - _failedAt > Memory)
            FailingSince = now;
        _failedAt = now;
        var asked = now + retryAfter;
        if (round != Round)
        {
            if (asked > NextProbe)
                NextProbe = asked;
            return;
        }
        var pause = Pauses[Math.Min(_step++, Pauses.Length - 1)];
        var next = now + pause * (1 - Spread + 2 * Spread * random());
        NextProbe = asked > next ? asked : next;
        Round++;
    }
}
