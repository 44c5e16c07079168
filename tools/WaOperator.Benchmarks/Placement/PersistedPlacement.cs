using WaOperator.Operator.Placement;
using WaOperator.Operator.Shards;

namespace WaOperator.Benchmarks.Placement;

/// <summary>The operator's engine, which keeps what it decided.</summary>
internal sealed class PersistedPlacement() : Method("this operator")
{
    private PlacementPool _pool = new("bench", Capacity.Unlimited);

    public override void Update(IReadOnlyList<long> sessions, IReadOnlyList<int> shards) =>
        Plan(sessions, shards);

    /// <summary>What follows when the pool has been uneven for a minute: all moves at once, that the budget would pace.</summary>
    public int Rebalance(IReadOnlyList<long> sessions, IReadOnlyList<int> shards)
    {
        var moves = 0;
        _pool = _pool with { UnevenMinutes = PlacementRules.UnevenMinutes };
        PlacementPlan plan;
        do
        {
            plan = Plan(sessions, shards);
            moves += plan.Changes.Count;
            _pool = _pool with { Rebalancing = plan.Balance[0].Rebalancing };
        } while (plan.Balance[0].Rebalancing);
        _pool = _pool with { UnevenMinutes = 0 };
        return moves;
    }

    private PlacementPlan Plan(IReadOnlyList<long> sessions, IReadOnlyList<int> shards)
    {
        var rows = new PlacementSession[sessions.Count];
        for (var i = 0; i < rows.Length; i++)
            rows[i] = new(
                sessions[i],
                0,
                0,
                64 * 1024,
                0,
                0,
                Places.TryGetValue(sessions[i], out var at) ? new ShardRef(0, at) : null
            );
        var plan = PlacementEngine.Plan(
            new(
                [_pool],
                [Capacity.Unlimited],
                [.. shards.Select(s => new PlacementShard(0, s, ShardState.Serving))],
                rows
            )
        );
        var places = new Dictionary<long, int>(sessions.Count);
        foreach (var row in rows)
            if (row.Placed is { } placed)
                places.Add(row.Id, placed.Ordinal);
        foreach (var change in plan.Changes)
            if (change.To is { } to)
                places[rows[change.Session].Id] = to.Ordinal;
        Places = places;
        return plan;
    }
}
