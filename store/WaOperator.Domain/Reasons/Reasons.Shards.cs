namespace WaOperator.Domain;

/// <content>Why a shard is in its state.</content>
public static partial class Reasons
{
    /// <summary>It has never held its lease.</summary>
    public static readonly Reason NeverHeld = Define(
        About.Shard,
        "the pod is starting, or waits for the schema, the check of the master key or its predecessor",
        "see `kubectl logs` of the pod for what it waits for"
    );

    /// <summary>It renews its lease.</summary>
    public static readonly Reason LeaseHeld = Define(About.Shard, "healthy");

    /// <summary>It gave its lease back.</summary>
    public static readonly Reason LeaseReleased = Define(
        About.Shard,
        "the pod shut down cleanly, as on a restart or node drain",
        "nothing; it comes back"
    );

    /// <summary>Its lease was ended.</summary>
    public static readonly Reason LeaseEnded = Define(
        About.Shard,
        "the kubelet, or the out-of-service taint, reported that the pod no longer runs",
        "nothing"
    );

    /// <summary>Another shard took a session of it.</summary>
    public static readonly Reason LeaseRevoked = Define(
        About.Shard,
        "another shard took over one of its sessions after its lease had expired",
        "nothing; it starts empty when it returns"
    );

    /// <summary>Its process is gone.</summary>
    public static readonly Reason ProcessGone = Define(
        About.Shard,
        "its process crashed and is being restarted",
        "if it crashes again: `kubectl logs --previous`"
    );

    /// <summary>Only one of two clocks says that its lease expired.</summary>
    public static readonly Reason LeaseDoubtful = Define(
        About.Shard,
        "its lease has expired by one clock, but not yet by the other",
        "wait; sessions move only when both clocks agree"
    );

    /// <summary>Its lease expired by both clocks.</summary>
    public static readonly Reason LeaseExpired = Define(
        About.Shard,
        "its lease has expired by both clocks: power loss, network loss or a frozen process",
        "see \"A node is gone\" in the runbook"
    );

    /// <summary>It did not come back in time.</summary>
    public static readonly Reason FailoverPassed = Define(
        About.Shard,
        "it did not come back within failoverAfterSeconds",
        "find out why its pod does not start"
    );

    /// <summary>Its new pod does not start.</summary>
    public static readonly Reason PodBroken = Define(
        About.Shard,
        "its pod does not start: wrong image or configuration, or it crashes at start",
        "`kubectl describe pod`; its sessions have already moved where there was room"
    );

    /// <summary>The pool shrinks.</summary>
    public static readonly Reason Leaving = Define(About.Shard, "the pool is shrinking", "nothing");

    /// <summary>A person asked for its drain.</summary>
    public static readonly Reason DrainAsked = Define(
        About.Shard,
        "draining was requested by annotation",
        "remove the annotation when done"
    );

    /// <summary>An older pod of this ordinal still renews.</summary>
    public static readonly Reason HeldByOldPod = Define(
        About.Shard,
        "an older pod of this ordinal still renews the lease; the new one waits",
        "see ShardHeldByOldPod"
    );
}
