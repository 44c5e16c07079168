namespace WaOperator.Domain;

/// <content>Why a session is where it is, or nowhere.</content>
public static partial class Reasons
{
    /// <summary>It got a shard.</summary>
    public static readonly Reason Placed = Define(About.Session, "placed on a shard");

    /// <summary>It got another shard.</summary>
    public static readonly Reason Moved = Define(About.Session, "moved to another shard");

    /// <summary>The session's own shard by rendezvous hashing.</summary>
    public static readonly Reason Hashed = Define(
        About.Session,
        "placed by hashing on its preferred shard"
    );

    /// <summary>Its own shard has no room or is above the balance bound.</summary>
    public static readonly Reason Overflow = Define(
        About.Session,
        "its preferred shard is full or above the balance bound; the next best took it"
    );

    /// <summary>Nothing called for a move.</summary>
    public static readonly Reason Kept = Define(
        About.Session,
        "stays where it was; there was no reason to move it"
    );

    /// <summary>Moved to even out the load.</summary>
    public static readonly Reason Rebalanced = Define(
        About.Session,
        "moved to balance the load, or because its shard was above a cap"
    );

    /// <summary>Taken off its shard because that runs out of memory.</summary>
    public static readonly Reason Evicted = Define(
        About.Session,
        "its shard ran out of memory; it is placed again once it fits within nine tenths of another shard's memory",
        "raise perShard.memory of the pool or give it more shards"
    );

    /// <summary>No shard that serves has room under every limit.</summary>
    public static readonly Reason NoCapacity = Define(
        About.Session,
        "no shard of its pool has room; it is placed as soon as one has",
        "raise perShard of the pool or give it more shards"
    );

    /// <summary>No shard of its pool serves.</summary>
    public static readonly Reason NoShard = Define(
        About.Session,
        "no shard of its pool is serving yet",
        "see status.shardStates of the pool"
    );

    /// <summary>The session needs more memory than a whole shard may hold.</summary>
    public static readonly Reason TooLarge = Define(
        About.Session,
        "it needs more memory than a shard of its pool may hold",
        "raise perShard.memory of the pool or lower memoryEstimate"
    );

    /// <summary>The session claims more than its pool lets one session claim.</summary>
    public static readonly Reason ClaimCapped = Define(
        About.Session,
        "it requests more memory or a higher priority than its pool allows one session, and is placed with the allowed maximum",
        "lower memoryEstimate or priority, or ask the administrator to raise perSession of the pool"
    );

    /// <summary>The tenant has used up its sessions or its memory.</summary>
    public static readonly Reason TenantLimit = Define(
        About.Session,
        "its tenant has reached limits.sessions or limits.memory",
        "raise the limit, or delete sessions"
    );
}
