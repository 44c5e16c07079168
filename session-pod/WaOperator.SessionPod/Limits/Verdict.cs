namespace WaOperator.SessionPod.Limits;

/// <summary>Which limit of a tenant is reached.</summary>
internal enum QuotaLimit
{
    /// <summary>Messages per minute.</summary>
    Minute,

    /// <summary>Messages per minute to this recipient.</summary>
    Recipient,

    /// <summary>Messages in 24 hours.</summary>
    Day,
}

/// <summary>How one limit stands after a message.</summary>
/// <param name="Limit">Messages that it allows.</param>
/// <param name="Remaining">How many are left, 0 or more.</param>
/// <param name="Reset">In what time more are left.</param>
internal readonly record struct LimitState(int Limit, long Remaining, TimeSpan Reset);

/// <summary>How the limits stand that a message was measured by; null for those that are none.</summary>
internal sealed record LimitReading(LimitState? Minute, LimitState? Recipient, LimitState? Day)
{
    /// <summary>Of a tenant without limits.</summary>
    public static LimitReading None { get; } = new(null, null, null);
}

/// <summary>Whether a message may be sent by the limits of its tenant; then it is counted.</summary>
/// <param name="Refused">The limit that is reached; null if it may be sent.</param>
/// <param name="RetryAfter">When it may be tried again.</param>
/// <param name="Reading">How the limits stand.</param>
internal readonly record struct Verdict(
    QuotaLimit? Refused,
    TimeSpan RetryAfter,
    LimitReading Reading
);
