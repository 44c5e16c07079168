using WaOperator.Kubernetes.Controllers;
using WaOperator.Operator.Pools;
using WaOperator.Operator.Sessions;
using WaOperator.Store;

namespace WaOperator.Operator.Shards;

/// <summary>A shard as last judged.</summary>
/// <param name="Id">Which.</param>
/// <param name="Verdict">What it is and why.</param>
/// <param name="LeaseEpoch">Epoch of its lease, 0 before the first.</param>
/// <param name="Since">Timestamp of the last change of its state.</param>
/// <param name="Pod">Name of its pod.</param>
/// <param name="IsPodReady">Its pod answers its readiness probe.</param>
public sealed record ShardEntry(
    ShardId Id,
    ShardVerdict Verdict,
    long LeaseEpoch,
    long Since,
    string Pod,
    bool IsPodReady
)
{
    /// <summary>Its pod is being deleted and its object may be removed, see <see cref="ShardJudge.IsPodOver"/>.</summary>
    public bool IsPodOver { get; init; }
}

/// <summary>What the leader knows of all shards.</summary>
public sealed class ShardBook
{
    private readonly Lock _lock = new();

    // By pool, then by ordinal.
    private readonly Dictionary<string, SortedDictionary<int, ShardEntry>> _pools = new(
        StringComparer.Ordinal
    );
    private readonly HashSet<string> _judged = new(StringComparer.Ordinal);

    /// <summary>The state, cause, epoch or pod's readiness of a shard changed, or the shard is gone.</summary>
    public Signal<ShardId> Changed { get; } = new();

    /// <summary>Whether all shards of the pool were judged once: before that their absence means nothing.</summary>
    public bool IsJudged(string poolUid)
    {
        lock (_lock)
            return _judged.Contains(poolUid);
    }

    /// <summary>All shards of the pool were judged.</summary>
    public void Judged(string poolUid)
    {
        lock (_lock)
            _judged.Add(poolUid);
    }

    /// <summary>The pool is gone.</summary>
    public void Forget(string poolUid)
    {
        lock (_lock)
            _judged.Remove(poolUid);
    }

    /// <summary>The shard, if it is known.</summary>
    public ShardEntry? Find(ShardId id)
    {
        lock (_lock)
            return _pools.GetValueOrDefault(id.PoolUid)?.GetValueOrDefault(id.Ordinal);
    }

    /// <summary>All shards, those of a pool by ordinal.</summary>
    public IReadOnlyList<ShardEntry> All()
    {
        lock (_lock)
            return [.. _pools.Values.SelectMany(p => p.Values)];
    }

    /// <summary>The shards of a pool, by ordinal.</summary>
    public IReadOnlyList<ShardEntry> OfPool(string poolUid)
    {
        lock (_lock)
            return _pools.TryGetValue(poolUid, out var shards) ? [.. shards.Values] : [];
    }

    /// <summary>Writes what was judged.</summary>
    /// <returns>Whether that is a change, see <see cref="Changed"/>.</returns>
    public bool Put(ShardEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ShardEntry? before;
        ShardEntry next;
        lock (_lock)
        {
            if (!_pools.TryGetValue(entry.Id.PoolUid, out var shards))
                _pools.Add(entry.Id.PoolUid, shards = []);
            before = shards.GetValueOrDefault(entry.Id.Ordinal);
            var sameState = before?.Verdict.State == entry.Verdict.State;
            next = sameState ? entry with { Since = before!.Since } : entry;
            shards[entry.Id.Ordinal] = next;
        }
        var changed =
            before is null
            || before with
            {
                Verdict = before.Verdict with { Act = LeaseAct.None },
            } != next with { Verdict = next.Verdict with { Act = LeaseAct.None } };
        if (changed)
            Changed.Emit(entry.Id);
        return changed;
    }

    /// <summary>Forgets shards of a pool that are no longer there.</summary>
    /// <returns>Those that were forgotten.</returns>
    public IReadOnlyList<ShardId> Keep(string poolUid, IReadOnlySet<int> ordinals)
    {
        List<ShardId> gone;
        lock (_lock)
        {
            if (!_pools.TryGetValue(poolUid, out var shards))
                return [];
            gone = [.. shards.Values.Select(s => s.Id).Where(id => !ordinals.Contains(id.Ordinal))];
            gone.ForEach(id => shards.Remove(id.Ordinal));
            if (shards.Count == 0)
                _pools.Remove(poolUid);
        }
        gone.ForEach(Changed.Emit);
        return gone;
    }

    /// <summary>UIDs of all pools that have shards here.</summary>
    public IReadOnlySet<string> PoolUids()
    {
        lock (_lock)
            return _pools.Keys.ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>The shard as a session's status needs it.</summary>
    /// <param name="id">Which; null for a session without a place.</param>
    /// <param name="poolName">Name of its pool, if known.</param>
    public ShardSight? Sight(ShardId? id, string? poolName)
    {
        if (id is not { } shard)
            return null;
        var entry = Find(shard);
        var pod = entry?.Pod ?? PoolNames.Pod(poolName ?? "?", shard.Ordinal);
        return new(entry?.Verdict, entry?.LeaseEpoch ?? 0, pod);
    }
}
