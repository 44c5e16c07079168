namespace WaOperator.SessionPod.Lease;

/// <summary>A loop that runs as long as a tenure. One that ends before breaks the pod.</summary>
internal interface ITenureLoop
{
    /// <summary>Runs until the token is cancelled.</summary>
    Task RunAsync(CancellationToken ct);
}
