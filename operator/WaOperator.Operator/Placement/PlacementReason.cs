namespace WaOperator.Operator.Placement;

/// <summary>Why a session is where it is, or why it is nowhere. The names are in statuses and events.</summary>
public enum PlacementReason
{
    /// <summary>The session's own shard by rendezvous hashing.</summary>
    Hashed,

    /// <summary>The session's own shard has no room or is above the balance bound; the next best took it.</summary>
    Overflow,

    /// <summary>Nothing called for a move.</summary>
    Kept,

    /// <summary>Moved because its shard goes away by plan, or because the session now belongs to another pool.</summary>
    Drained,

    /// <summary>Moved to even out the load, or because its shard was above a cap.</summary>
    Rebalanced,

    /// <summary>Taken off its shard because that runs out of memory; without a place, it waits for room below the admit mark.</summary>
    Evicted,

    /// <summary>No shard that serves has room under every limit.</summary>
    NoCapacity,

    /// <summary>No shard of its pool serves at all.</summary>
    NoShard,

    /// <summary>The session needs more memory than a whole shard may hold.</summary>
    TooLarge,

    /// <summary>Its tenant has used up its sessions or its memory.</summary>
    TenantLimit,
}
