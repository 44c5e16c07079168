namespace WaOperator.Domain;

/// <content>Why a shard is in its state.</content>
public static partial class Reasons
{
    /// <summary>It has never held its lease.</summary>
    public static readonly Reason NeverHeld = Define(
        About.Shard,
        "the pod starts, or waits for the schema, the master key's check or its predecessor",
        "`kubectl logs` of the pod names what it waits for"
    );

    /// <summary>It renews its lease.</summary>
    public static readonly Reason LeaseHeld = Define(About.Shard, "all is well");

    /// <summary>It gave its lease back.</summary>
    public static readonly Reason LeaseReleased = Define(
        About.Shard,
        "the pod closed its sessions in order: a restart, a node drain",
        "nothing; it comes back"
    );

    /// <summary>Its lease was ended.</summary>
    public static readonly Reason LeaseEnded = Define(
        About.Shard,
        "kubelet, or the out-of-service taint, said that nothing of the pod runs",
        "nothing"
    );

    /// <summary>Another shard took a session of it.</summary>
    public static readonly Reason LeaseRevoked = Define(
        About.Shard,
        "another shard took a session of it after its lease had expired",
        "nothing; it starts empty when it returns"
    );

    /// <summary>Its process is gone.</summary>
    public static readonly Reason ProcessGone = Define(
        About.Shard,
        "its process crashed and is started again",
        "if it crashes again: `kubectl logs --previous`"
    );

    /// <summary>Only one of two clocks says that its lease expired.</summary>
    public static readonly Reason LeaseDoubtful = Define(
        About.Shard,
        "one clock says that its lease expired, the other does not yet",
        "wait; nothing moves on one clock's word"
    );

    /// <summary>Its lease expired by both clocks.</summary>
    public static readonly Reason LeaseExpired = Define(
        About.Shard,
        "its lease was not renewed for its whole life by both clocks: power cut, network cut, frozen process",
        "see \"A node is gone\" in the runbook"
    );

    /// <summary>It did not come back in time.</summary>
    public static readonly Reason FailoverPassed = Define(
        About.Shard,
        "it did not come back within failoverAfterSeconds",
        "see why its pod does not start"
    );

    /// <summary>Its new pod does not start.</summary>
    public static readonly Reason PodBroken = Define(
        About.Shard,
        "its pod does not start: image, configuration, or it crashes at each start",
        "`kubectl describe pod`; its sessions have moved already where there was room"
    );

    /// <summary>The pool shrinks.</summary>
    public static readonly Reason Leaving = Define(About.Shard, "the pool shrinks", "nothing");

    /// <summary>A person asked for its drain.</summary>
    public static readonly Reason DrainAsked = Define(
        About.Shard,
        "its drain was asked for by annotation",
        "take the annotation off when done"
    );

    /// <summary>An older pod of this ordinal still renews.</summary>
    public static readonly Reason HeldByOldPod = Define(
        About.Shard,
        "an older pod of this ordinal still renews the lease while the new one waits",
        "see ShardHeldByOldPod"
    );
}
