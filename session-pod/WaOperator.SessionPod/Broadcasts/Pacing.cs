namespace WaOperator.SessionPod.Broadcasts;

/// <summary>How fast and when a broadcast writes to people. Pure.</summary>
/// <param name="PerMinute">Messages in a minute, 1 or more.</param>
/// <param name="Jitter">By which part a pause between two is longer or shorter at most, 0 to below 1.</param>
/// <param name="Window">At which hours; null: at any.</param>
/// <param name="RampDays">On how many days it is slower: on the first of 7 by a seventh of the pace, on the second by two. 0: on none.</param>
internal sealed record Pacing(int PerMinute, double Jitter, SendWindow? Window, int RampDays)
{
    /// <summary>Messages in a minute where none are given.</summary>
    public const int DefaultPerMinute = 20;

    /// <summary>The jitter where none is given.</summary>
    public const double DefaultJitter = 0.4;

    /// <summary>When the next message is due.</summary>
    /// <param name="last">When the last one went; the window may have closed then.</param>
    /// <param name="started">When the broadcast was started: its first day.</param>
    /// <param name="random">0 to 1, excluding 1.</param>
    public DateTimeOffset After(DateTimeOffset last, DateTimeOffset started, double random)
    {
        var pause = TimeSpan.FromMinutes(1 / RateAt(started, last));
        var next = last + pause * (1 + Jitter * (2 * random - 1));
        var open = Window?.NextOpen(next) ?? next;
        // Sessions that wait for the same hour do not begin in the same second.
        return open > next && Window!.NextOpen(open + pause * random) is var spread ? spread : open;
    }

    /// <summary>When a message is due whose time may have come while it could not be sent: put off if the window has closed meanwhile.</summary>
    /// <param name="due">When it was due.</param>
    /// <param name="now">The time.</param>
    /// <param name="started">When the broadcast was started.</param>
    /// <param name="random">0 to 1, excluding 1.</param>
    public DateTimeOffset PutOff(
        DateTimeOffset due,
        DateTimeOffset now,
        DateTimeOffset started,
        double random
    ) => due <= now && Window?.NextOpen(now) > now ? After(now, started, random) : due;

    /// <summary>Messages in a minute on the day of a time.</summary>
    public double RateAt(DateTimeOffset started, DateTimeOffset time)
    {
        var days = DayOf(time).DayNumber - DayOf(started).DayNumber;
        return days + 1 >= RampDays
            ? PerMinute
            : PerMinute * (double)(Math.Max(days, 0) + 1) / RampDays;
    }

    private DateOnly DayOf(DateTimeOffset time) =>
        DateOnly.FromDateTime(
            Window is { Zone: var zone }
                ? TimeZoneInfo.ConvertTime(time, zone).DateTime
                : time.UtcDateTime
        );
}

/// <summary>When a broadcast stops by itself.</summary>
/// <param name="FailedPercent">When so many of a hundred messages were refused, 1 to 100; of the first <see cref="LeastSettled"/> it is not asked.</param>
/// <param name="Timelocked">When WhatsApp lets the account write to no new chats.</param>
internal sealed record StopOn(int FailedPercent, bool Timelocked)
{
    /// <summary>How many messages must have been sent or refused before their share counts.</summary>
    public const int LeastSettled = 20;

    /// <summary>The share where none is given.</summary>
    public const int DefaultFailedPercent = 10;
}
