using WaOperator.Kubernetes.Events;
using WaOperator.Operator.Placement;
using WaOperator.Operator.Shards;

namespace WaOperator.Operator.Pools;

/// <summary>
/// Grows and shrinks pools between their bounds after each plan. Only the size is decided here: pods follow it, and a shard that
/// is beyond it drains before its pod goes.
/// </summary>
internal sealed partial class PoolScaler(
    PoolBook pools,
    ShardBook shards,
    Caches caches,
    IEventRecorder events,
    ILogger<PoolScaler> logger,
    TimeSpan calm,
    TimeProvider time
)
{
    /// <summary>A shard that was asked for and has not come after this long holds up growth no more.</summary>
    private static readonly TimeSpan JoinLimit = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, State> _states = new(StringComparer.Ordinal);

    /// <summary>Looks at all pools of a plan.</summary>
    /// <returns>Whether a size changed.</returns>
    public bool Scale(PlacementScene scene, PlacementPlan plan)
    {
        var changed = false;
        foreach (var (index, pool) in scene.Input.Pools.Index())
            if (pools.Find(pool.Key) is { } terms && terms.MaxShards > terms.MinShards)
                changed |= Scale(scene, plan, index, pool.Key, terms);
        return changed;
    }

    private bool Scale(
        PlacementScene scene,
        PlacementPlan plan,
        int index,
        string uid,
        PoolTerms terms
    )
    {
        if (!_states.TryGetValue(uid, out var state))
            _states.Add(uid, state = new());
        var facts = PoolSizeFacts.Of(scene.Input, plan, index, terms, IsAwaited(uid, terms, state));
        var size = PoolSize.Grown(facts);
        if (size > terms.Shards)
        {
            state.Asked = (terms.Shards, size, time.GetTimestamp());
            state.CalmSince = null;
            return Resize(
                uid,
                terms,
                size,
                Reasons.Growing,
                $"from {terms.Shards} to {size} shards: {facts.Waiting.Count} sessions wait for room"
            );
        }
        size = PoolSize.Shrunk(facts);
        if (size >= terms.Shards)
        {
            state.CalmSince = null;
            return false;
        }
        state.CalmSince ??= time.GetTimestamp();
        if (time.GetElapsedTime(state.CalmSince.Value) < calm)
            return false;
        state.CalmSince = null;
        return PoolSize.Holds(scene.Input, index, size)
            && Resize(
                uid,
                terms,
                size,
                Reasons.Shrinking,
                $"from {terms.Shards} to {size} shards: {facts.Sessions} sessions need no more; the last shards drain before their pods go"
            );
    }

    private bool Resize(string uid, PoolTerms terms, int size, Reason reason, string message)
    {
        if (!pools.Resize(uid, terms, size))
            return false;
        Log.Resized(logger, uid, reason, message);
        if (caches.PoolByUid(uid) is { } pool)
            events.Tell(pool, new(false, reason, message));
        return true;
    }

    /// <summary>
    /// A shard that served before a pool shrank is not Joining when the pool grows to it again, but on its way all the same.
    /// </summary>
    private bool IsAwaited(string uid, PoolTerms terms, State state) =>
        state.Asked is var (from, to, at)
        && time.GetElapsedTime(at) < JoinLimit
        && Enumerable
            .Range(from, to - from)
            .Where(o => o < terms.Shards)
            .Any(o => shards.Find(new(uid, o))?.Verdict.State != ShardState.Serving);

    private sealed class State
    {
        public (int From, int To, long At)? Asked { get; set; }

        public long? CalmSince { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.PoolScalerResized,
            LogLevel.Information,
            "Pool {Pool} is {Reason} {Message}"
        )]
        public static partial void Resized(
            ILogger logger,
            string pool,
            string reason,
            string message
        );
    }
}
