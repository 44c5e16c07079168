namespace WaOperator.Operator.Shards;

/// <summary>The times of a pool that decide about its shards.</summary>
/// <param name="LeaseTtl">Life of a lease.</param>
/// <param name="RenewEvery">Time between two renewals.</param>
/// <param name="FailoverAfter">How long sessions wait for a shard that is coming back.</param>
public sealed record ShardTerms(TimeSpan LeaseTtl, TimeSpan RenewEvery, TimeSpan FailoverAfter);

/// <summary>Everything that a shard's state depends on.</summary>
/// <param name="Watch">The lease as watched; null when there is no row.</param>
/// <param name="Pod">The pod of this ordinal as it exists now; null when there is none.</param>
/// <param name="HolderTerminated">
/// <see cref="PodFacts.IsTerminated"/> was seen of the lease's holder (by UID) while that pod existed. A deletion that was
/// learnt from a list, a forced deletion or a Node that vanished is no such word.
/// </param>
/// <param name="HolderNodeOutOfService">
/// The administrator's word: the holder's node has the taint <c>node.kubernetes.io/out-of-service</c>.
/// </param>
/// <param name="Leaving">The plan wants the shard to go away, or a person wants it empty.</param>
public sealed record ShardFacts(
    LeaseWatch? Watch,
    PodFacts? Pod,
    bool HolderTerminated,
    bool HolderNodeOutOfService,
    bool Leaving
)
{
    /// <summary>The administrator's word about the node of <see cref="Pod"/>.</summary>
    public bool PodNodeOutOfService { get; init; }
}

/// <summary>Why a shard is in its state. The names are in the pool's status.</summary>
public enum ShardCause
{
    /// <summary>It has never held its lease.</summary>
    NeverHeld,

    /// <summary>It renews its lease.</summary>
    LeaseHeld,

    /// <summary>It gave its lease back.</summary>
    LeaseReleased,

    /// <summary>Its lease was ended: its process is known to be gone.</summary>
    LeaseEnded,

    /// <summary>Its lease expired, and another shard took a session of it.</summary>
    LeaseRevoked,

    /// <summary>Its process is gone and its pod is starting another.</summary>
    ProcessGone,

    /// <summary>Only one of the two clocks says that its lease expired.</summary>
    LeaseDoubtful,

    /// <summary>Its lease expired by the database's clock and by the operator's.</summary>
    LeaseExpired,

    /// <summary>It did not come back in time.</summary>
    FailoverPassed,

    /// <summary>Its new pod does not start.</summary>
    PodBroken,

    /// <summary>The pool shrinks.</summary>
    Leaving,

    /// <summary>A person asked for its drain; see <see cref="Resources.Annotations.Drain"/>.</summary>
    DrainAsked,

    /// <summary>An older pod of this ordinal still renews while the new one waits.</summary>
    HeldByOldPod,
}

/// <summary>What is to be done about a lease.</summary>
public enum LeaseAct
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Give the operator's word that it stood still for a full time to live.</summary>
    DeclareLost,

    /// <summary>End it: its holder is known to be gone.</summary>
    End,

    /// <summary>Ask its holder to release it, since a newer pod of this ordinal waits.</summary>
    AskStepDown,
}

/// <summary>A shard's state, why, and what to do about its lease.</summary>
public sealed record ShardVerdict(ShardState State, ShardCause Cause, LeaseAct Act)
{
    /// <summary>Its sessions have no one who acts for them; counts towards <see cref="ShardTerms.FailoverAfter"/>.</summary>
    public bool IsAway => State is ShardState.Restarting or ShardState.Lost;
}
