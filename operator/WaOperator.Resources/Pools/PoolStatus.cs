using WaOperator.Kubernetes.Objects;

namespace WaOperator.Resources;

/// <summary>What was seen of a pool.</summary>
public sealed record PoolStatus
{
    /// <summary>The generation that this status was made from.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Counts of the pool's shards.</summary>
    public ShardCounts? Shards { get; init; }

    /// <summary>Sessions placed on the pool's shards.</summary>
    public int? Sessions { get; init; }

    /// <summary>Sessions that name this pool and have no shard.</summary>
    public int? Unplaced { get; init; }

    /// <summary>Each shard's state, by ordinal.</summary>
    public IReadOnlyList<ShardStatus>? ShardStates { get; init; }

    /// <summary>See <see cref="ConditionTypes"/>.</summary>
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

/// <summary>A pool's shards counted.</summary>
public sealed record ShardCounts
{
    /// <summary>Desired number of shards.</summary>
    public int Desired { get; init; }

    /// <summary>Shards with a ready pod.</summary>
    public int Ready { get; init; }

    /// <summary>Shards that hold their lease.</summary>
    public int Serving { get; init; }
}

/// <summary>What was seen of a shard.</summary>
public sealed record ShardStatus
{
    /// <summary>Ordinal of the shard and of its pod.</summary>
    public int Ordinal { get; init; }

    /// <summary>Name of its pod.</summary>
    public string? Pod { get; init; }

    /// <summary><c>Joining</c>, <c>Serving</c>, <c>Restarting</c>, <c>Draining</c> or <c>Lost</c>.</summary>
    public string? State { get; init; }

    /// <summary>Sessions placed on it.</summary>
    public int? Sessions { get; init; }

    /// <summary>Why it is in that state.</summary>
    public string? Reason { get; init; }
}
