namespace WaOperator.Gateway.Metrics;

/// <summary>An endpoint that programs call again and again: the audit takes such calls together, as those that only read.</summary>
/// <param name="Waits">It waits for something to tell: how long it takes says nothing.</param>
internal sealed record Polled(bool Waits);
