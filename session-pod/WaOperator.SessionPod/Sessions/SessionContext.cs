using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Metrics;
using WaOperator.SessionPod.Proxies;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Sessions;

/// <summary>What all sessions of a tenure share, so that each holds one reference.</summary>
internal sealed record SessionContext
{
    public required ActGate Gate { get; init; }

    public required GroupCommit Commits { get; init; }

    public required Keyring Keyring { get; init; }

    public required SessionKeys Keys { get; init; }

    public required ProxyShelf Proxies { get; init; }

    public required MessageContext Messages { get; init; }

    public required LoginPacer Pacer { get; init; }

    public required PhaseCounts Counts { get; init; }

    public required PodMetrics Metrics { get; init; }

    public required SuspectDevices Suspects { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>The pool's settings as they are now.</summary>
    public required Func<PoolSettings> Pool { get; init; }

    public required ILogger<SessionRunner> Logger { get; init; }

    /// <summary>Cancelled when every socket must be dropped at once.</summary>
    public required CancellationToken Dropped { get; init; }
}
