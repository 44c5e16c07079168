namespace WaOperator.WhatsApp.Reconnecting;

/// <summary>
/// How long to wait before a device connects again. A value of a few bytes: each device has one.
/// </summary>
/// <param name="Failures">Connections in a row that failed or did not hold.</param>
/// <param name="Replacements">Times in a row that another program logged in with the device's credentials.</param>
internal readonly record struct Backoff(int Failures, int Replacements)
{
    /// <summary>The upper bound of the first wait.</summary>
    public static readonly TimeSpan First = TimeSpan.FromSeconds(1);

    /// <summary>The upper bound of any wait after a failure.</summary>
    public static readonly TimeSpan Most = TimeSpan.FromMinutes(5);

    /// <summary>A connection that held this long ends the row of failures.</summary>
    public static readonly TimeSpan Stable = TimeSpan.FromMinutes(1);

    /// <summary>The first wait after a replacement; doubled by each further one.</summary>
    public static readonly TimeSpan FirstReplaced = TimeSpan.FromSeconds(60);

    /// <summary>The longest wait after a replacement.</summary>
    public static readonly TimeSpan MostReplaced = TimeSpan.FromHours(1);

    /// <summary>After a failure: exponential, with full jitter so that a storm spreads itself.</summary>
    /// <param name="held">How long the connection was logged in; zero for one that never was.</param>
    /// <param name="random">0 to 1, excluding 1.</param>
    public (Backoff Next, TimeSpan Wait) AfterFailure(TimeSpan held, double random)
    {
        var failures = held >= Stable ? 0 : Failures;
        var replacements = held >= MostReplaced ? 0 : Replacements;
        return (new(failures + 1, replacements), Doubled(First, failures, Most) * random);
    }

    /// <summary>
    /// After a replacement: another program has the credentials. Never a conflict loop: the wait doubles, and only a connection
    /// which held longer than the last wait ends the row.
    /// </summary>
    /// <param name="held">How long the connection was logged in.</param>
    public (Backoff Next, TimeSpan Wait) AfterReplacement(TimeSpan held)
    {
        var last = Doubled(FirstReplaced, Replacements, MostReplaced);
        var replacements = held > last ? 0 : Replacements;
        return (
            new(Failures, replacements + 1),
            Doubled(FirstReplaced, replacements, MostReplaced)
        );
    }

    private static TimeSpan Doubled(TimeSpan first, int times, TimeSpan most)
    {
        var wait = first;
        for (var i = 0; i < times && wait < most; i++)
            wait *= 2;
        return wait < most ? wait : most;
    }
}
