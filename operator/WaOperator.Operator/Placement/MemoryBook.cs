using WaOperator.Operator.Pools;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Placement;

/// <summary>What sessions cost and how their shards fare with it, as the pods report it.</summary>
internal sealed class MemoryBook(ObservedStore observed, PoolBook pools)
{
    private readonly Dictionary<ShardId, MemoryWatch> _shards = [];
    private readonly Dictionary<long, SessionCost> _sessions = [];
    private string _cursor = ObservedStore.Beginning;

    /// <summary>Reads what was reported since the last look; the first reads all.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
        var changes = await observed.ReadCostsAsync(_cursor, ct);
        foreach (var cost in changes.Costs)
            _sessions[cost.SessionId] = cost;
        _cursor = changes.Cursor;
        foreach (var report in changes.Reports)
            if (pools.Find(report.Shard.PoolUid)?.PerShard.Memory is { } cap and > 0)
                _shards[report.Shard] = Of(report.Shard).After(report, cap);
    }

    /// <summary>What a session costs; null when no one has counted yet.</summary>
    public SessionCost? Of(long session) => _sessions.GetValueOrDefault(session);

    /// <summary>How a shard's process fares.</summary>
    public MemoryWatch Of(ShardId shard) => _shards.GetValueOrDefault(shard, MemoryWatch.Unknown);

    /// <summary>A batch was evicted from the shard.</summary>
    public void Relieved(ShardId shard) => _shards[shard] = Of(shard).Relieved();

    /// <summary>No one could report for a while: what was measured before and what is measured then are no successive windows.</summary>
    public void Interrupted()
    {
        foreach (var (shard, watch) in _shards.ToList())
            _shards[shard] = watch.Interrupted();
    }

    /// <summary>Forgets all sessions but these.</summary>
    public void Keep(Func<long, bool> isKnown)
    {
        foreach (var gone in _sessions.Keys.Where(id => !isKnown(id)).ToList())
            _sessions.Remove(gone);
    }
}
