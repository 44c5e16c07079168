using WaOperator.Operator.Pools;
using WaOperator.Store;

namespace WaOperator.Operator.Placement;

/// <summary>
/// What one plan must know of those before it: this is where time enters placement. A new leader begins without it: a rebalance
/// that was continuing starts over when its pool is still uneven, who was evicted is a newcomer, and for a lease's life no one who
/// runs is moved, as after every absence of the database: until then no one can say which shards renew.
/// </summary>
internal sealed class PlacementHistory(TimeProvider time)
{
    private readonly Dictionary<string, PoolHistory> _pools = new(StringComparer.Ordinal);
    private readonly Dictionary<long, (ShardId From, long At)> _evictions = [];
    private long _interruptedAt = time.GetTimestamp();

    /// <summary>The pool as the next plan takes it.</summary>
    public PlacementPool Pool(string uid, PoolTerms terms)
    {
        if (!_pools.TryGetValue(uid, out var pool))
            _pools.Add(uid, pool = new() { Budget = MoveBudget.Full(terms.MovesPerMinute, time) });
        pool.Budget = pool.Budget.Refill(terms.MovesPerMinute, time);
        return new(
            uid,
            terms.PerShard,
            (int)Math.Max(0, Math.Floor(pool.Budget.Left)),
            Rebalances: terms.MovesPerMinute > 0,
            UnevenMinutes: pool.UnevenSince is { } since ? MinutesSince(since) : 0,
            Rebalancing: pool.Rebalancing,
            Holds: time.GetElapsedTime(_interruptedAt) < terms.Times.LeaseTtl
        );
    }

    /// <summary>The database was away, or may have been.</summary>
    public void Interrupted() => _interruptedAt = time.GetTimestamp();

    /// <summary>From where and how many minutes ago a session was evicted, if that still matters.</summary>
    public (ShardId From, int MinutesAgo)? EvictionOf(long session) =>
        _evictions.TryGetValue(session, out var e) ? (e.From, MinutesSince(e.At)) : null;

    /// <summary>Whether the session was moved in the present rebalance of its pool.</summary>
    public bool WasMoved(string pool, long session) =>
        _pools.TryGetValue(pool, out var history) && history.Moved.Contains(session);

    /// <summary>Takes a plan down that was carried out.</summary>
    public void Planned(PlacementScene scene, PlacementPlan plan)
    {
        foreach (var change in plan.Changes)
        {
            var facts = scene.Facts[change.Session];
            var (id, pool) = (facts.Stored!.Id, facts.Stored.Row.PoolUid!);
            if (change.Reason == PlacementReason.Evicted)
                _evictions[id] = (scene.ShardOf(change.From)!.Value, time.GetTimestamp());
            if (
                change.Reason is PlacementReason.Drained or PlacementReason.Rebalanced
                && _pools.TryGetValue(pool, out var moved)
            )
            {
                moved.Budget = moved.Budget.Spend(1);
                if (change.Reason == PlacementReason.Rebalanced)
                    moved.Moved.Add(id);
            }
        }
        foreach (var (index, balance) in plan.Balance.Index())
            if (_pools.TryGetValue(scene.Input.Pools[index].Key, out var pool))
                pool.See(balance, time);
        Forget(scene);
    }

    /// <summary>Evictions that matter no more: their sessions are gone, or have had a place for long enough.</summary>
    private void Forget(PlacementScene scene)
    {
        if (_evictions.Count == 0)
            return;
        var placed = scene
            .Input.Sessions.Select((s, i) => (scene.Facts[i].Stored!.Id, s.Placed))
            .ToDictionary(s => s.Id, s => s.Placed);
        foreach (
            var id in _evictions
                .Where(e =>
                    !placed.TryGetValue(e.Key, out var at)
                    || (at is not null && MinutesSince(e.Value.At) >= PlacementRules.ReturnMinutes)
                )
                .Select(e => e.Key)
                .ToList()
        )
            _evictions.Remove(id);
    }

    private int MinutesSince(long timestamp) => (int)time.GetElapsedTime(timestamp).TotalMinutes;

    private sealed class PoolHistory
    {
        public MoveBudget Budget { get; set; }

        public long? UnevenSince { get; private set; }

        public bool Rebalancing { get; private set; }

        public HashSet<long> Moved { get; } = [];

        public void See(PoolBalance balance, TimeProvider time)
        {
            UnevenSince = balance.Uneven ? UnevenSince ?? time.GetTimestamp() : null;
            Rebalancing = balance.Rebalancing;
            if (!Rebalancing)
                Moved.Clear();
        }
    }
}
