namespace WaOperator.SessionPod.Webhooks;

/// <summary>When an event is tried again that its endpoint refuses. Pure.</summary>
internal static class ParkedTimes
{
    private static readonly TimeSpan[] Pauses =
    [
        TimeSpan.FromSeconds(5),
        TimeSpan.FromMinutes(1),
        TimeSpan.FromMinutes(5),
        TimeSpan.FromMinutes(30),
        TimeSpan.FromHours(2),
        TimeSpan.FromHours(6),
        TimeSpan.FromHours(12),
        TimeSpan.FromHours(24),
    ];

    /// <summary>When the next try is due; null: there is none.</summary>
    /// <param name="attempts">How often it was refused, 1 or more.</param>
    /// <param name="now">The time.</param>
    public static DateTimeOffset? Next(int attempts, DateTimeOffset now) =>
        attempts <= Pauses.Length ? now + Pauses[attempts - 1] : null;
}
