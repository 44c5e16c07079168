using WaOperator.Api;
using WaOperator.Store;

namespace WaOperator.SessionPod.Limits;

/// <summary>Why a tenant may not send a message, for people.</summary>
/// <param name="Status">HTTP status: 403 for a rule, 429 for a limit.</param>
/// <param name="Slug">The kind of problem.</param>
/// <param name="Title">In a few words.</param>
/// <param name="Detail">What to do about it.</param>
/// <param name="RetryAfter">When to try again; null if that is of no use.</param>
internal sealed record SendRefusal(
    int Status,
    string Slug,
    string Title,
    string Detail,
    TimeSpan? RetryAfter = null
)
{
    /// <summary>The number is not one that the tenant may write to.</summary>
    public static SendRefusal NotAllowed { get; } =
        new(
            403,
            "recipient-not-allowed",
            "The recipient is not allowed",
            "the phone rules of the tenant (spec.phoneRules) do not allow messages to this number"
        );

    /// <summary>There are rules, and the number behind the address is not known.</summary>
    public static SendRefusal NumberUnknown { get; } =
        new(
            403,
            "recipient-not-allowed",
            "The recipient is not allowed",
            "the tenant has phone rules (spec.phoneRules), and the phone number of this @lid address is not known; send to the phone number"
        );

    /// <summary>Its time was over before it was accepted.</summary>
    public static SendRefusal Expired { get; } =
        new(
            422,
            "expired",
            "The message has expired",
            "\"expiresAt\" has passed, so the message is not sent; give a later one, or none"
        );

    /// <summary>The tenant's share of what may wait is used up.</summary>
    public static SendRefusal QueueFull(QueueShare share) =>
        new(
            429,
            "queue-full",
            "Too many messages wait",
            $"the queue of the tenant's sessions on this pod is full ({share}); send more when some of their messages have been sent. Sessions that are not connected keep theirs: connect them, or delete those that are not needed",
            TimeSpan.FromSeconds(5)
        );

    /// <summary>A limit is reached.</summary>
    /// <param name="reached">Which.</param>
    /// <param name="wait">When to try again.</param>
    /// <param name="limits">The tenant's limits.</param>
    public static SendRefusal Limited(QuotaLimit reached, TimeSpan wait, MessageLimits limits)
    {
        var seconds = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds));
        var (what, field) = reached switch
        {
            QuotaLimit.Minute => (
                $"{limits.MessagesPerMinute} messages in a minute",
                "messagesPerMinute"
            ),
            QuotaLimit.Recipient => (
                $"{limits.MessagesPerRecipientPerMinute} messages to one recipient in a minute",
                "messagesPerRecipientPerMinute"
            ),
            _ => ($"{limits.MessagesPerDay} messages in 24 hours", "messagesPerDay"),
        };
        return new(
            429,
            reached == QuotaLimit.Day ? "daily-limit" : "rate-limited",
            "Too many messages",
            $"the tenant may send {what} (spec.limits.{field}); try again in {seconds} s",
            TimeSpan.FromSeconds(seconds)
        );
    }

    /// <summary>As an answer of the API.</summary>
    public ProblemAnswer ToProblem() =>
        new(Status, Slug, Title, Detail) { RetryAfter = RetryAfter, Retryable = Status == 429 };
}
