namespace WaOperator.Domain;

/// <content>Why a session is where it is, or nowhere.</content>
public static partial class Reasons
{
    /// <summary>It got a shard.</summary>
    public static readonly Reason Placed = Define(About.Session, "got a shard");

    /// <summary>It got another shard.</summary>
    public static readonly Reason Moved = Define(About.Session, "got another shard");

    /// <summary>The session's own shard by rendezvous hashing.</summary>
    public static readonly Reason Hashed = Define(About.Session, "on its own shard by hashing");

    /// <summary>Its own shard has no room or is above the balance bound.</summary>
    public static readonly Reason Overflow = Define(
        About.Session,
        "its own shard has no room or is above the balance bound; the next best took it"
    );

    /// <summary>Nothing called for a move.</summary>
    public static readonly Reason Kept = Define(About.Session, "nothing called for a move");

    /// <summary>Moved to even out the load.</summary>
    public static readonly Reason Rebalanced = Define(
        About.Session,
        "moved to even out the load, or because its shard was above a cap"
    );

    /// <summary>Taken off its shard because that runs out of memory.</summary>
    public static readonly Reason Evicted = Define(
        About.Session,
        "its shard ran out of memory; it is placed again as soon as it fits below nine tenths of another shard's memory",
        "raise perShard.memory of the pool or give it more shards"
    );

    /// <summary>No shard that serves has room under every limit.</summary>
    public static readonly Reason NoCapacity = Define(
        About.Session,
        "no shard of its pool has room; it is placed as soon as there is room",
        "raise perShard of the pool or give it more shards"
    );

    /// <summary>No shard of its pool serves.</summary>
    public static readonly Reason NoShard = Define(
        About.Session,
        "no shard of its pool serves yet",
        "status.shardStates of the pool says why"
    );

    /// <summary>The session needs more memory than a whole shard may hold.</summary>
    public static readonly Reason TooLarge = Define(
        About.Session,
        "it needs more memory than a whole shard of its pool may hold",
        "raise perShard.memory of the pool or lower memoryEstimate"
    );

    /// <summary>The session claims more than its pool lets one session claim.</summary>
    public static readonly Reason ClaimCapped = Define(
        About.Session,
        "it claims more memory or a higher priority than its pool lets one session claim, and is placed as if it claimed that much",
        "lower memoryEstimate or priority, or ask the administrator to raise perSession of the pool"
    );

    /// <summary>The tenant has used up its sessions or its memory.</summary>
    public static readonly Reason TenantLimit = Define(
        About.Session,
        "its tenant has used up its limits.sessions or limits.memory",
        "raise them, or delete sessions"
    );
}
