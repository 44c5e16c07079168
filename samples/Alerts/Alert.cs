namespace Alerts;

/// <summary>How one topic of a session is, and what people were told of it.</summary>
/// <param name="Sequence">Number of the newest event about it.</param>
/// <param name="What">What is wrong; empty: nothing.</param>
/// <param name="Detail">More for people.</param>
/// <param name="BeginAt">From when on it is told.</param>
/// <param name="EndAt">When its end is told; null: it lasts.</param>
/// <param name="Told">What people were told and not yet told the end of; null: nothing.</param>
internal sealed record Alert(
    long Sequence,
    string What,
    string Detail,
    DateTimeOffset? BeginAt,
    DateTimeOffset? EndAt,
    string? Told
)
{
    /// <summary>A topic of which nothing has been heard.</summary>
    public static Alert Unheard { get; } = new(-1, "", "", null, null, null);

    /// <summary>
    /// The topic after an event. An alert that begins is told once, when <see cref="BeginAt"/> comes and it still lasts; one that was told is
    /// told to be over once, when all was well for a while. So what comes and goes all the time is told once.
    /// </summary>
    /// <param name="sequence">The event's number in its session.</param>
    /// <param name="sign">What it says.</param>
    /// <param name="now">The time.</param>
    /// <param name="wellAfter">How long all must be well.</param>
    public Alert After(long sequence, Sign sign, DateTimeOffset now, TimeSpan wellAfter)
    {
        // Events may come behind later ones.
        if (sequence <= Sequence)
            return this;
        if (sign.What is not { } what)
            return new(
                sequence,
                "",
                sign.Detail,
                null,
                Told is null ? null : now + wellAfter,
                Told
            );
        return new(
            sequence,
            what,
            sign.Detail,
            what == What ? BeginAt : sign.BeginAt,
            sign.EndAt + wellAfter,
            Told
        );
    }

    /// <summary>As a notification says that it has begun.</summary>
    public static string Begun(string session, string what, string detail) =>
        $"\u26a0 {session}: {what}. {detail}".TrimEnd();

    /// <summary>As a notification says that it is over.</summary>
    public static string Over(string session, string what, string detail) =>
        $"\u2705 {session}: no longer {what}. {detail}".TrimEnd();
}
