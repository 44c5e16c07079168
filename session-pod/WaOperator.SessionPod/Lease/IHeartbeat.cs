namespace WaOperator.SessionPod.Lease;

/// <summary>Whether the loops that serve the sessions make progress. Without it the lease is not renewed.</summary>
internal interface IHeartbeat
{
    /// <summary>Asked by the lease's thread before each renewal; never blocks.</summary>
    bool IsBeating { get; }
}
