using WaOperator.Domain;
using WaOperator.SessionPod.Metrics;

namespace WaOperator.SessionPod.Sessions;

/// <summary>
/// Counts logins with a suspect device, of each session at most one in a minute for the same reason: a session that reconnects again and
/// again is one finding. What it remembers is of suspect sessions and of the last minute only.
/// </summary>
internal sealed class SuspectDevices(PodMetrics metrics, TimeProvider time)
{
    /// <summary>How long the same finding is not counted again.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly HashSet<(long Session, string Reason)> _recent = [];
    private readonly Queue<((long Session, string Reason) Finding, long At)> _order = [];

    /// <summary>A session logs in with a suspect device.</summary>
    /// <param name="session">The session's key.</param>
    /// <param name="tenant">NAMESPACE/NAME of its tenant.</param>
    /// <param name="reason">What looks wrong.</param>
    /// <returns>Whether it was counted, and is to be logged.</returns>
    public bool Found(long session, string tenant, Reason reason)
    {
        lock (_lock)
        {
            while (_order.TryPeek(out var oldest) && time.GetElapsedTime(oldest.At) >= Pause)
                _recent.Remove(_order.Dequeue().Finding);
            if (!_recent.Add((session, reason.Code)))
                return false;
            _order.Enqueue(((session, reason.Code), time.GetTimestamp()));
        }
        metrics.DeviceSuspect(tenant, reason);
        return true;
    }
}
