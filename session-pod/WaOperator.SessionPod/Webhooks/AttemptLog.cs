using WaOperator.Api;

namespace WaOperator.SessionPod.Webhooks;

/// <summary>
/// The newest posts of a webhook on this pod, in memory alone: while an endpoint fails nothing is written for it. Those that failed are kept
/// apart, so that what explains a trouble is not pushed out by what passes meanwhile.
/// </summary>
internal sealed class AttemptLog
{
    /// <summary>Posts that were taken at most, and as many that were not.</summary>
    public const int Most = 100;

    private readonly Lock _turn = new();
    private readonly Queue<WebhookAttempt> _taken = [];
    private readonly Queue<WebhookAttempt> _failed = [];

    /// <summary>Notes a post; the oldest of its kind goes.</summary>
    public void Add(WebhookAttempt attempt, PostOutcome outcome)
    {
        lock (_turn)
        {
            var kept = outcome == PostOutcome.Delivered ? _taken : _failed;
            if (kept.Count == Most)
                kept.Dequeue();
            kept.Enqueue(attempt);
        }
    }

    /// <summary>The newest first.</summary>
    /// <param name="failed">Only those that were not taken.</param>
    public IReadOnlyList<WebhookAttempt> Read(bool failed)
    {
        lock (_turn)
            return [.. (failed ? _failed : _failed.Concat(_taken)).OrderByDescending(a => a.At)];
    }

    /// <summary>What an outcome is called.</summary>
    public static string NameOf(PostOutcome outcome) =>
        outcome switch
        {
            PostOutcome.Delivered => "Delivered",
            PostOutcome.MessageFailure => "EventRefused",
            PostOutcome.Gone => "Gone",
            _ => "EndpointFailed",
        };
}
