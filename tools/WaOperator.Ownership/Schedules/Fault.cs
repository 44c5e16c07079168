namespace WaOperator.Ownership.Schedules;

/// <summary>What befalls a fleet.</summary>
internal enum FaultKind
{
    /// <summary>An owner's way for its lease carries nothing for a while.</summary>
    LeaseSilent,

    /// <summary>An owner's way for all else carries nothing for a while.</summary>
    WorkSilent,

    /// <summary>Both carry nothing for a while: a pulled cable.</summary>
    AllSilent,

    /// <summary>All connections of an owner end, and new ones too for a while.</summary>
    Reset,

    /// <summary>Connections of now are silent for good, new ones work.</summary>
    Forgotten,

    /// <summary>The database's clock jumps by <see cref="Fault.Amount"/> ms.</summary>
    ClockStep,

    /// <summary>The operator's way carries nothing for a while.</summary>
    OperatorSilent,

    /// <summary>Another operator begins while the former still runs.</summary>
    OperatorFollows,

    /// <summary>The placement wants a session elsewhere.</summary>
    Move,

    /// <summary>An owner ends by plan, and a new process of the same pod follows.</summary>
    Restart,

    /// <summary>An owner ends by plan, and a new pod follows.</summary>
    Replace,

    /// <summary>PostgreSQL ends an owner's connections.</summary>
    BackendsEnded,

    /// <summary>A backend of an owner is stopped, if possible between a write and its COMMIT.</summary>
    BackendStopped,

    /// <summary>An owner's process is stopped for a while.</summary>
    Stopped,

    /// <summary>An owner's process is killed, and a new one of the same pod follows.</summary>
    Killed,

    /// <summary>An owner's process is killed, kubelet says so, and a new pod follows.</summary>
    KilledForGood,

    /// <summary>
    /// The pool is deleted and made again under the same name. One of its owners does not hear of it and stays behind.
    /// </summary>
    PoolReplaced,

    /// <summary>The same, and the old pool's object is gone at once: someone took its finalizer off.</summary>
    PoolLost,

    /// <summary>An owner's process is stopped, its pod is deleted by force and a new pod follows; later it continues.</summary>
    Forced,
}

/// <summary>One of them.</summary>
/// <param name="At">Milliseconds after the beginning.</param>
/// <param name="Kind">What.</param>
/// <param name="Target">Which owner, or which session.</param>
/// <param name="For">Milliseconds that it lasts.</param>
/// <param name="Amount">How much.</param>
internal sealed record Fault(int At, FaultKind Kind, int Target, int For, int Amount);
