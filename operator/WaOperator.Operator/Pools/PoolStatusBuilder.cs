using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Sessions;
using WaOperator.Operator.Shards;
using WaOperator.Resources;
using WaOperator.Signals;

namespace WaOperator.Operator.Pools;

/// <summary>Everything that a pool's status is made from.</summary>
/// <param name="Terms">What it is run by.</param>
/// <param name="Shards">Its shards.</param>
/// <param name="Placed">Sessions placed, by ordinal.</param>
/// <param name="OverCapacity">Ordinals above a cap.</param>
/// <param name="Unplaced">Sessions that belong to it and have no place.</param>
/// <param name="Members">Sessions that belong to it, placed or not.</param>
/// <param name="Rollout">How its rollout stands; null when it was not looked at.</param>
/// <param name="Trouble">What a person must see to.</param>
internal sealed record PoolFacts(
    PoolTerms? Terms,
    IReadOnlyList<ShardEntry> Shards,
    IReadOnlyDictionary<int, int> Placed,
    IReadOnlyList<int> OverCapacity,
    int Unplaced,
    int Members,
    RolloutStep? Rollout,
    Trouble? Trouble
)
{
    /// <summary>Why shards have no pod that runs.</summary>
    public PodNotes Pods { get; init; } = PodNotes.None;

    /// <summary>Ordinals that a person wants empty.</summary>
    public IReadOnlySet<int> Drained { get; init; } = new HashSet<int>();

    /// <summary>Why the operator cannot use Redis, or not in full; null while it can, and without one.</summary>
    public RedisFault? Redis { get; init; }
}

/// <summary>Makes the status of a pool: a pure function.</summary>
internal static class PoolStatusBuilder
{
    /// <summary>The status; its conditions keep their times unless they change now.</summary>
    public static PoolStatus Build(WhatsAppSessionPool pool, PoolFacts facts, DateTimeOffset now)
    {
        var desired = facts.Terms?.Shards ?? pool.Spec.Shards.Min;
        var serving = facts.Shards.Count(s => s.Verdict.State == ShardState.Serving);
        return new()
        {
            ObservedGeneration = pool.Metadata.Generation,
            Shards = new()
            {
                Desired = desired,
                Ready = facts.Shards.Count(s => s.IsPodReady),
                Serving = serving,
            },
            Sessions = facts.Placed.Values.Sum(),
            Unplaced = facts.Unplaced,
            ShardStates =
            [
                .. facts.Shards.Select(s => new ShardStatus
                {
                    Ordinal = s.Id.Ordinal,
                    Pod = s.Pod,
                    State = s.Verdict.State.ToString(),
                    Sessions = facts.Placed.GetValueOrDefault(s.Id.Ordinal),
                    Reason = ReasonOf(s, facts.Pods),
                }),
            ],
            Conditions = Conditions(pool, facts, desired, serving, now),
        };
    }

    private static Reason ReasonOf(ShardEntry shard, PodNotes pods) =>
        shard.Verdict.Cause == ShardCause.NeverHeld && pods.Refused.ContainsKey(shard.Id.Ordinal)
            ? Reasons.PodRefused
            : Reasons.Of(shard.Verdict.Cause);

    private static List<Condition> Conditions(
        WhatsAppSessionPool pool,
        PoolFacts facts,
        int desired,
        int serving,
        DateTimeOffset now
    )
    {
        var set = new ConditionSet(pool.Status?.Conditions, pool.Metadata.Generation, now);
        var (progress, reason, message) = Judge(pool, facts, desired, serving);
        set.Add(ConditionTypes.Ready, progress == Progress.Settled, reason, message);
        if (progress == Progress.Stuck)
            set.Add(ConditionTypes.Stalled, true, reason, message);
        if (progress == Progress.Working)
            set.Add(ConditionTypes.Reconciling, true, reason, message);
        if (facts.OverCapacity.Count > 0)
            set.Add(
                ConditionTypes.OverCapacity,
                true,
                Reasons.OverCapacity,
                $"above a cap of perShard: shard {string.Join(", ", facts.OverCapacity)}; running sessions stay there, no new ones are placed there"
            );
        if (facts.Redis is { } redis && pool.Spec.RedisSecretRef is not null)
            set.Add(
                ConditionTypes.RedisUnavailable,
                true,
                Reasons.RedisUnavailable,
                $"the operator and Redis: {redis.Sentence}. Sessions keep working and nothing is lost; changes are found by polls, up to 5 seconds later"
            );
        return set.Conditions;
    }

    private static (Progress, Reason Reason, string Message) Judge(
        WhatsAppSessionPool pool,
        PoolFacts facts,
        int desired,
        int serving
    )
    {
        if (pool.Metadata.IsBeingDeleted)
            return facts.Members == 0
                ? (
                    Progress.Working,
                    Reasons.ShardsRemain,
                    $"serves no sessions any more; its deletion waits until its pods have ended and their leases are over{(facts.Trouble is { } keeps ? "; " + keeps.Message : "")}"
                )
                : (
                    Progress.Working,
                    Reasons.SessionsRemain,
                    $"its deletion waits for {facts.Members} sessions that run in it; delete them or name another pool in them"
                );
        if (facts.Trouble is { } trouble)
            return (Progress.Stuck, trouble.Reason, trouble.Message);
        if (facts.Rollout is { State: RolloutState.Stopped } stopped)
            return (Progress.Stuck, Reasons.RolloutStopped, stopped.Message);
        if (
            facts.Shards.FirstOrDefault(s => s.Verdict.Cause == ShardCause.HeldByOldPod) is { } held
        )
            return (
                Progress.Working,
                Reasons.ShardHeldByOldPod,
                $"a process of an older pod {held.Pod} still renews the lease of shard {held.Id.Ordinal}; it was asked to step down and the new pod waits"
            );
        var drained = facts.Drained.Where(ordinal => ordinal < desired).Order().ToList();
        if (serving < desired - drained.Count)
            return facts.Pods.Refused.Count > 0
                ? (Progress.Stuck, Reasons.PodRefused, Describe(facts.Pods.Refused))
                : (
                    Progress.Working,
                    Reasons.ShardNotServing,
                    facts.Pods.Waiting.Count == 0
                        ? $"{serving} of {desired} shards serve"
                        : $"{serving} of {desired} shards serve; {Describe(facts.Pods.Waiting)}"
                );
        if (facts.Rollout is { State: RolloutState.Progressing } rollout)
            return (Progress.Working, Reasons.RollingOut, rollout.Message);
        if (drained.Count == 0)
            return (Progress.Settled, Reasons.AsDeclared, $"all {desired} shards serve");
        var list = string.Join(", ", drained);
        var left = drained.Sum(ordinal => facts.Placed.GetValueOrDefault(ordinal));
        return left > 0
            ? (
                Progress.Working,
                Reasons.Draining,
                $"{left} sessions are still to move away from shard {list}, as the annotation {Annotations.Drain} asks"
            )
            : (
                Progress.Settled,
                Reasons.Drained,
                $"shard {list} is empty, as the annotation {Annotations.Drain} asks; take it off to use the shard again"
            );
    }

    /// <summary>The first of them: most often all have the same cause, and a pool may have a thousand shards.</summary>
    private static string Describe(IReadOnlyDictionary<int, string> notes)
    {
        var (ordinal, note) = notes.MinBy(n => n.Key);
        var others = notes.Count == 1 ? "" : $" (and {notes.Count - 1} more)";
        return $"shard {ordinal}{others}: {note}";
    }
}
