using WaOperator.Operator.Shards;

namespace WaOperator.Operator.Placement;

/// <summary>How much a shard, or all sessions of a tenant together, may hold.</summary>
/// <param name="Sessions">Number of sessions; <see cref="int.MaxValue"/> is no limit.</param>
/// <param name="Memory">Bytes; <see cref="long.MaxValue"/> is no limit.</param>
public readonly record struct Capacity(int Sessions, long Memory)
{
    /// <summary>No limit.</summary>
    public static readonly Capacity Unlimited = new(int.MaxValue, long.MaxValue);
}

/// <summary>A pool and its limits.</summary>
/// <param name="Key">What identifies the pool for ever (its UID): it takes part in the hash.</param>
/// <param name="PerShard">What one shard may hold.</param>
/// <param name="Moves">How many sessions that run may be moved by this plan (drain, surplus, rebalance): the caller paces by it.</param>
/// <param name="PeakPercent">No shard is filled beyond this part of the pool's average load while another has room.</param>
/// <param name="Rebalances">Whether sessions may be moved for the sake of balance at all.</param>
/// <param name="UnevenMinutes">For how many whole minutes plans have said <see cref="PoolBalance.Uneven"/> without a break.</param>
/// <param name="Rebalancing">The last plan said <see cref="PoolBalance.Rebalancing"/>.</param>
/// <param name="Holds">
/// What is known of the shards is not certain yet: no one who runs is moved or evicted. Who has lost a shard, and who is new, is
/// placed all the same.
/// </param>
public sealed record PlacementPool(
    string Key,
    Capacity PerShard,
    int Moves = int.MaxValue,
    int PeakPercent = PlacementRules.PeakPercent,
    bool Rebalances = true,
    int UnevenMinutes = 0,
    bool Rebalancing = false,
    bool Holds = false
);

/// <summary>One shard of a pool.</summary>
/// <param name="Pool">Index into <see cref="PlacementInput.Pools"/>.</param>
/// <param name="Ordinal">Ordinal of the pod in its StatefulSet.</param>
/// <param name="State">Only a <see cref="ShardState.Serving"/> shard takes sessions.</param>
/// <param name="MemoryPermille">
/// The process's memory in parts per thousand of the sum of its sessions' costs: above 1000 the shard holds less than its
/// limit suggests. From 500 to 4000; 1000 where nothing was measured.
/// </param>
/// <param name="WindowsAbove">
/// In how many successive measurements until now the process was above the high-water mark, counted again after each eviction.
/// </param>
/// <param name="IsAbove">The process was above the high-water mark in the latest measurement, whether or not someone was evicted since.</param>
/// <param name="HasEvicted">Someone was evicted from this process: from then on it is filled up to the admit mark and no further.</param>
public readonly record struct PlacementShard(
    int Pool,
    int Ordinal,
    ShardState State,
    int MemoryPermille = 1000,
    int WindowsAbove = 0,
    bool IsAbove = false,
    bool HasEvicted = false
);

/// <summary>That a session was evicted.</summary>
/// <param name="From">From which shard.</param>
/// <param name="MinutesAgo">How many whole minutes ago.</param>
public readonly record struct Eviction(ShardRef From, int MinutesAgo);

/// <summary>Where a session is placed.</summary>
/// <param name="Pool">Index into <see cref="PlacementInput.Pools"/>.</param>
/// <param name="Ordinal">Ordinal of the shard in that pool.</param>
public readonly record struct ShardRef(int Pool, int Ordinal);

/// <summary>A session that wants to run.</summary>
/// <param name="Id">The session's generated key in the database: it takes part in the hash.</param>
/// <param name="Pool">Index of the pool that it belongs to.</param>
/// <param name="Tenant">Index into <see cref="PlacementInput.Tenants"/>.</param>
/// <param name="Memory">Bytes that it costs: measured, or the declared estimate where nothing was measured.</param>
/// <param name="Priority">The greater goes first when there is not enough room. It never displaces a running session.</param>
/// <param name="Since">When it began to exist, in any unit; the older goes first among equal priorities.</param>
/// <param name="Placed">Where it is now, if anywhere.</param>
/// <param name="LastActive">When it was last active, in any unit; the least recently active is evicted first.</param>
/// <param name="Evicted">It was evicted, and has no place since or not for <see cref="PlacementRules.ReturnMinutes"/>.</param>
/// <param name="Moved">It was moved since the present rebalance of its pool began, and is not moved for balance again.</param>
public readonly record struct PlacementSession(
    long Id,
    int Pool,
    int Tenant,
    long Memory,
    int Priority,
    long Since,
    ShardRef? Placed,
    long LastActive = 0,
    Eviction? Evicted = null,
    bool Moved = false
);

/// <summary>Everything that a placement depends on. The order of the lists carries no meaning for the result.</summary>
/// <param name="Pools">The pools.</param>
/// <param name="Tenants">What each tenant may use over all pools.</param>
/// <param name="Shards">The shards of all pools. A session placed on a shard that is not here has lost it.</param>
/// <param name="Sessions">The sessions that want to run; one that is not here holds no place.</param>
public sealed record PlacementInput(
    IReadOnlyList<PlacementPool> Pools,
    IReadOnlyList<Capacity> Tenants,
    IReadOnlyList<PlacementShard> Shards,
    IReadOnlyList<PlacementSession> Sessions
);
