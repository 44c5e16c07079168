using WaOperator.Operator.Shards;

namespace WaOperator.Operator.Placement;

/// <summary>A session that gets another place, gets one, or loses the one it had.</summary>
/// <param name="Session">Index into <see cref="PlacementInput.Sessions"/>.</param>
/// <param name="From">Its place until now.</param>
/// <param name="To">Its place from now on; null when it has none.</param>
/// <param name="Reason">Why.</param>
public readonly record struct PlacementDecision(
    int Session,
    ShardRef? From,
    ShardRef? To,
    PlacementReason Reason
);

/// <summary>A session that is without a place after the plan.</summary>
/// <param name="Session">Index into <see cref="PlacementInput.Sessions"/>.</param>
/// <param name="Reason">
/// <see cref="PlacementReason.NoCapacity"/>, <see cref="PlacementReason.NoShard"/>, <see cref="PlacementReason.TooLarge"/>, <see cref="PlacementReason.TenantLimit"/>
/// or <see cref="PlacementReason.Evicted"/>.
/// </param>
public readonly record struct Unplaced(int Session, PlacementReason Reason);

/// <summary>A shard as it is after the plan.</summary>
/// <param name="Shard">Which shard.</param>
/// <param name="State">Its state, as given.</param>
/// <param name="Sessions">Sessions placed on it.</param>
/// <param name="Memory">Bytes that they cost, with the shard's measured overhead.</param>
/// <param name="OverCapacity">It is above a limit, because sessions grew or the limit was lowered.</param>
public readonly record struct ShardLoad(
    ShardRef Shard,
    ShardState State,
    int Sessions,
    long Memory,
    bool OverCapacity
);

/// <summary>How even a pool is.</summary>
/// <param name="Uneven">A shard is above or below the bounds that start a rebalance.</param>
/// <param name="Rebalancing">A rebalance continues: the next plan continues it.</param>
public readonly record struct PoolBalance(bool Uneven, bool Rebalancing);

/// <summary>The result of <see cref="PlacementEngine.Plan"/>.</summary>
/// <param name="Changes">What changes, in the order of decision.</param>
/// <param name="Unplaced">Who waits and why, whether or not that is new; in the order of the queue.</param>
/// <param name="Stranded">
/// Sessions (indexes) of a shard that is lost or draining for which no other shard has room: they keep their place, so that
/// they continue as soon as the shard comes back, and move as soon as there is room.
/// </param>
/// <param name="Shards">The shards afterwards, by pool and ordinal.</param>
/// <param name="Balance">How even each pool is, by its index.</param>
/// <param name="Deferred">Moves that are due but were not made because <see cref="PlacementPool.Moves"/> was used up: at least so many.</param>
/// <param name="Kept">How many sessions kept their place (<see cref="PlacementReason.Kept"/>): they are not among the changes.</param>
public sealed record PlacementPlan(
    IReadOnlyList<PlacementDecision> Changes,
    IReadOnlyList<Unplaced> Unplaced,
    IReadOnlyList<int> Stranded,
    IReadOnlyList<ShardLoad> Shards,
    IReadOnlyList<PoolBalance> Balance,
    int Deferred,
    int Kept
);
