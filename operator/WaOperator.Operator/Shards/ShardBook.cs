using System.Collections.Concurrent;
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
    private readonly ConcurrentDictionary<ShardId, ShardEntry> _shards = new();

    private readonly ConcurrentDictionary<string, bool> _judged = new(StringComparer.Ordinal);

    /// <summary>The state, cause, epoch or pod's readiness of a shard changed, or the shard is gone.</summary>
    public Signal<ShardId> Changed { get; } = new();

    /// <summary>Whether all shards of the pool were judged once: before that their absence means nothing.</summary>
    public bool IsJudged(string poolUid) => _judged.ContainsKey(poolUid);

    /// <summary>All shards of the pool were judged.</summary>
    public void Judged(string poolUid) => _judged[poolUid] = true;

    /// <summary>The pool is gone.</summary>
    public void Forget(string poolUid) => _judged.TryRemove(poolUid, out _);

    /// <summary>The shard, if it is known.</summary>
    public ShardEntry? Find(ShardId id) => _shards.GetValueOrDefault(id);

    /// <summary>All shards, in no order.</summary>
    public IEnumerable<ShardEntry> All() => _shards.Values;

    /// <summary>The shards of a pool, by ordinal.</summary>
    public IReadOnlyList<ShardEntry> OfPool(string poolUid) =>
        [.. _shards.Values.Where(s => s.Id.PoolUid == poolUid).OrderBy(s => s.Id.Ordinal)];

    /// <summary>Writes what was judged.</summary>
    /// <returns>Whether that is a change, see <see cref="Changed"/>.</returns>
    public bool Put(ShardEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var before = Find(entry.Id);
        var sameState = before?.Verdict.State == entry.Verdict.State;
        var next = sameState ? entry with { Since = before!.Since } : entry;
        _shards[entry.Id] = next;
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
        var gone = OfPool(poolUid)
            .Select(s => s.Id)
            .Where(id => !ordinals.Contains(id.Ordinal))
            .ToList();
        foreach (var id in gone)
            if (_shards.TryRemove(id, out _))
                Changed.Emit(id);
        return gone;
    }

    /// <summary>UIDs of all pools that have shards here.</summary>
    public IReadOnlySet<string> PoolUids() =>
        _shards.Keys.Select(s => s.PoolUid).ToHashSet(StringComparer.Ordinal);

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
