namespace WaOperator.Api;

/// <summary>What an endpoint said to a test event.</summary>
/// <param name="Delivered">Whether it took it.</param>
/// <param name="Milliseconds">How long that took, from the look for its address on.</param>
internal sealed record WebhookTested(bool Delivered, long Milliseconds)
{
    /// <summary>The status code; left out: there was no answer.</summary>
    public int? Status { get; init; }

    /// <summary>What is wrong, as the webhook would show it as its last error; left out for nothing.</summary>
    public string? Error { get; init; }

    /// <summary>How the answer's body begins, as text.</summary>
    public string? Answer { get; init; }
}
