using WaOperator.SessionPod.Limits;
using WaOperator.Store;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>The limits that hold for the session's messages, as RateLimit tells them of a message; what is left out is not limited.</summary>
internal sealed record LimitsAnswer
{
    /// <summary>Messages of all sessions of the tenant in any minute (spec.limits.messagesPerMinute; "tenant-minute").</summary>
    public LimitAnswer? TenantMinute { get; init; }

    /// <summary>Messages to one account or group in any minute, from the sessions on this pod (spec.limits.messagesPerRecipientPerMinute; "recipient-minute"). What is left is told where the request names a recipient.</summary>
    public LimitAnswer? RecipientMinute { get; init; }

    /// <summary>Messages of all sessions of the tenant in any 24 hours (spec.limits.messagesPerDay; "tenant-day").</summary>
    public LimitAnswer? TenantDay { get; init; }

    /// <summary>How fast this session sends what is queued (spec.limits.pace; "session-pace"). It refuses nothing.</summary>
    public PaceAnswer? SessionPace { get; init; }

    /// <summary>How everything stands. Pure.</summary>
    /// <param name="limits">The limits.</param>
    /// <param name="reading">What is left of them.</param>
    /// <param name="pace">The pace; null: there is none.</param>
    /// <param name="tokens">What is left of it.</param>
    /// <param name="now">The time.</param>
    public static LimitsAnswer Of(
        MessageLimits limits,
        LimitReading reading,
        SendPace? pace,
        LimitState? tokens,
        DateTimeOffset now
    ) =>
        new()
        {
            TenantMinute = LimitAnswer.Of(
                limits.MessagesPerMinute,
                RateLimitFields.Minute,
                reading.Minute,
                now
            ),
            RecipientMinute = LimitAnswer.Of(
                limits.MessagesPerRecipientPerMinute,
                RateLimitFields.Minute,
                reading.Recipient,
                now
            ),
            TenantDay = LimitAnswer.Of(
                limits.MessagesPerDay,
                RateLimitFields.Day,
                reading.Day,
                now
            ),
            SessionPace =
                pace is not null && tokens is { } left
                    ? new(
                        pace.PerMinute,
                        pace.Burst,
                        left.Remaining,
                        RateLimitFields.Seconds(left.Reset),
                        now + left.Reset
                    )
                    : null,
        };
}

/// <summary>A limit and how it stands.</summary>
/// <param name="Limit">Messages in its window.</param>
/// <param name="WindowSeconds">How long the window is; it slides.</param>
/// <param name="Used">Messages in the window now.</param>
/// <param name="Remaining">Messages that are left (r).</param>
/// <param name="ResetSeconds">In what time more are left (t); 0: none is used.</param>
/// <param name="ResetAt">When that is.</param>
internal sealed record LimitAnswer(
    int Limit,
    int WindowSeconds,
    long? Used = null,
    long? Remaining = null,
    long? ResetSeconds = null,
    DateTimeOffset? ResetAt = null
)
{
    /// <summary>A limit as it is told; null: it is none. Pure.</summary>
    public static LimitAnswer? Of(int limit, int window, LimitState? state, DateTimeOffset now) =>
        limit == 0 ? null
        : state is { } known
            ? new(
                limit,
                window,
                Math.Max(limit - known.Remaining, 0),
                known.Remaining,
                RateLimitFields.Seconds(known.Reset),
                now + known.Reset
            )
        : new(limit, window);
}

/// <summary>A pace and how it stands.</summary>
/// <param name="PerMinute">Messages a minute on average.</param>
/// <param name="Burst">Messages at once after a rest.</param>
/// <param name="Remaining">Messages that would be sent at once now (r); others wait as Queued.</param>
/// <param name="ResetSeconds">In what time it is one more (t); 0: it is all of the burst.</param>
/// <param name="ResetAt">When that is.</param>
internal sealed record PaceAnswer(
    int PerMinute,
    int Burst,
    long Remaining,
    long ResetSeconds,
    DateTimeOffset ResetAt
);
