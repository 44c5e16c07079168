namespace WaOperator.Api;

/// <summary>
/// One post to an endpoint, and what came of it. Nothing of the event's contents, and nothing of the answer's: endpoints repeat in it what
/// they were sent, and a key that reads webhooks reads no messages by that.
/// </summary>
internal sealed record WebhookAttempt
{
    /// <summary>When it was answered, or given up.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The event's id, the webhook-id of the post.</summary>
    public required string Id { get; init; }

    /// <summary>The event's type.</summary>
    public required string Type { get; init; }

    /// <summary>The session that the event is of: NAMESPACE/NAME.</summary>
    public required string Session { get; init; }

    /// <summary>Which try it was, as webhook-attempt told it.</summary>
    public required int Attempt { get; init; }

    /// <summary>Delivered; EventRefused: the answer is about this event; EndpointFailed: the answer, or that there was none, is about the endpoint; or Gone.</summary>
    public required string Outcome { get; init; }

    /// <summary>The status code; left out: there was no answer.</summary>
    public int? Status { get; init; }

    /// <summary>How long it took, from the look for its address on.</summary>
    public required long Milliseconds { get; init; }

    /// <summary>What was wrong; left out for nothing.</summary>
    public string? Error { get; init; }

    /// <summary>Whether the event was posted before, and asked for once more by a replay.</summary>
    public required bool Replay { get; init; }
}

/// <summary>What a pod remembers of its posts, the newest first.</summary>
/// <param name="Data">The posts.</param>
internal sealed record WebhookAttempts(IReadOnlyList<WebhookAttempt> Data);
