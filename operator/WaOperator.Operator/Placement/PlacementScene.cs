using WaOperator.Operator.Pools;
using WaOperator.Operator.Sessions;
using WaOperator.Operator.Shards;
using WaOperator.Resources;
using WaOperator.Store;

namespace WaOperator.Operator.Placement;

/// <summary>
/// Translates between what the leader knows and the engine's input: pools, tenants and sessions by their keys on one side,
/// by their index on the other.
/// </summary>
internal sealed class PlacementScene
{
    private readonly List<string> _pools = [];
    private readonly Dictionary<string, int> _poolIndex = new(StringComparer.Ordinal);
    private readonly List<Capacity> _tenants = [];
    private readonly Dictionary<long, int> _tenantIndex = [];
    private readonly List<PlacementSession> _sessions = [];

    /// <summary>The sessions of the input, in its order.</summary>
    public List<SessionFacts> Facts { get; } = [];

    /// <summary>The engine's input.</summary>
    public PlacementInput Input { get; }

    /// <summary>Builds the input.</summary>
    /// <param name="facts">All sessions; those that do not want to run take no part.</param>
    /// <param name="pools">The pools by UID, with their limits.</param>
    /// <param name="history">What earlier plans did.</param>
    /// <param name="shards">The shards.</param>
    /// <param name="memory">What sessions cost.</param>
    /// <param name="sessionOf">The resource of a session.</param>
    /// <param name="limitOf">What a tenant may use, by its key.</param>
    public PlacementScene(
        IEnumerable<SessionFacts> facts,
        IReadOnlyDictionary<string, PoolTerms> pools,
        PlacementHistory history,
        ShardBook shards,
        MemoryBook memory,
        Func<SessionFacts, WhatsAppSession?> sessionOf,
        Func<long, Capacity> limitOf
    )
    {
        var placementPools = new List<PlacementPool>();
        var placementShards = new List<PlacementShard>();
        foreach (var (uid, terms) in pools.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            var index = IndexOf(uid);
            placementPools.Add(history.Pool(uid, terms));
            foreach (var shard in shards.OfPool(uid))
            {
                var watch = memory.Of(shard.Id);
                placementShards.Add(
                    new(
                        index,
                        shard.Id.Ordinal,
                        shard.Verdict.State,
                        watch.Permille,
                        watch.WindowsAbove,
                        watch.IsAbove,
                        watch.HasEvicted
                    )
                );
            }
        }
        foreach (var fact in facts)
        {
            // Who is to run and whose resource is not seen yet keeps its place and takes part as it was.
            if (!fact.WantsToRun || !pools.ContainsKey(fact.Stored!.Row.PoolUid!))
                continue;
            var session = sessionOf(fact);
            var (id, pool) = (fact.Stored.Id, fact.Stored.Row.PoolUid!);
            var cost = memory.Of(id);
            var claim = session is null
                ? default
                : SessionClaim.Of(session.Spec).UpTo(pools[pool].PerSession);
            Facts.Add(fact);
            _sessions.Add(
                new(
                    id,
                    _poolIndex[pool],
                    TenantIndex(fact.Stored.Row.TenantId, limitOf),
                    cost?.Bytes ?? claim.Memory,
                    claim.Priority,
                    session?.Metadata.CreationTimestamp?.UtcTicks ?? 0,
                    fact.Shard is { } shard ? RefOf(shard) : null,
                    cost?.ActiveAt.UtcTicks ?? 0,
                    history.EvictionOf(id) is var (from, minutes)
                        ? new(RefOf(from), minutes)
                        : null,
                    history.WasMoved(pool, id)
                )
            );
        }
        // Pools that are gone but still stand in placements: without shards, so their sessions have lost their place.
        while (placementPools.Count < _pools.Count)
            placementPools.Add(new(_pools[placementPools.Count], default));
        Input = new(placementPools, _tenants, placementShards, _sessions);
    }

    /// <summary>The shard that the engine means.</summary>
    public ShardId? ShardOf(ShardRef? shard) =>
        shard is { } s ? new(_pools[s.Pool], s.Ordinal) : null;

    private ShardRef RefOf(ShardId shard) => new(IndexOf(shard.PoolUid), shard.Ordinal);

    private int IndexOf(string poolUid)
    {
        if (_poolIndex.TryGetValue(poolUid, out var index))
            return index;
        _pools.Add(poolUid);
        return _poolIndex[poolUid] = _pools.Count - 1;
    }

    private int TenantIndex(long id, Func<long, Capacity> limitOf)
    {
        if (_tenantIndex.TryGetValue(id, out var index))
            return index;
        _tenants.Add(limitOf(id));
        return _tenantIndex[id] = _tenants.Count - 1;
    }
}
