using WaOperator.Operator.Placement;
using WaOperator.Operator.Shards;

namespace WaOperator.Operator.Pools;

/// <summary>What the size of a pool depends on.</summary>
/// <param name="Shards">How many shards it should have until now.</param>
/// <param name="Min">Declared.</param>
/// <param name="Max">Declared; never below <paramref name="Min"/>.</param>
/// <param name="PerShard">What a shard may hold.</param>
/// <param name="Waiting">Of each session that waits for room: how many bytes an empty shard must have for it.</param>
/// <param name="IsJoining">A shard that was asked for has not served yet.</param>
/// <param name="IsSettled">All shards serve and none drains.</param>
/// <param name="Sessions">Sessions placed.</param>
/// <param name="Memory">Bytes that they cost, with their shards' overhead.</param>
internal sealed record PoolSizeFacts(
    int Shards,
    int Min,
    int Max,
    Capacity PerShard,
    IReadOnlyCollection<long> Waiting,
    bool IsJoining,
    bool IsSettled,
    int Sessions,
    long Memory
)
{
    /// <summary>The facts of a pool after a plan.</summary>
    /// <param name="input">What the plan was made from.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="pool">Index of the pool.</param>
    /// <param name="terms">Its terms.</param>
    /// <param name="isJoining">A shard that was asked for, and that once served before, has not come yet.</param>
    public static PoolSizeFacts Of(
        PlacementInput input,
        PlacementPlan plan,
        int pool,
        PoolTerms terms,
        bool isJoining
    )
    {
        var own = plan.Shards.Where(s => s.Shard.Pool == pool).ToList();
        return new(
            terms.Shards,
            terms.MinShards,
            terms.MaxShards,
            terms.PerShard,
            [
                .. plan
                    .Unplaced.Where(u =>
                        u.Reason
                            is PlacementReason.NoCapacity
                                or PlacementReason.NoShard
                                or PlacementReason.Evicted
                    )
                    .Select(u => u.Session)
                    .Concat(plan.Stranded)
                    .Select(i => input.Sessions[i])
                    .Where(s => s.Pool == pool)
                    .Select(Need),
            ],
            isJoining || own.Any(s => s.State == ShardState.Joining),
            own.Count == terms.Shards && own.All(s => s.State == ShardState.Serving),
            own.Sum(s => s.Sessions),
            own.Sum(s => s.Memory)
        );
    }

    private static long Need(PlacementSession session) =>
        session.Evicted is null
            ? session.Memory
            : (long)
                Int128.Min(
                    ((Int128)session.Memory * 100 / PlacementRules.AdmitPercent) + 1,
                    long.MaxValue
                );
}

/// <summary>How many shards a pool should have: pure functions.</summary>
internal static class PoolSize
{
    /// <summary>
    /// The size now: what is declared bounds it; within, it grows as far as those need who wait and would fit a new shard,
    /// unless a shard is still joining. A session that would fit no shard grows nothing.
    /// </summary>
    public static int Grown(PoolSizeFacts facts)
    {
        var shards = Math.Clamp(facts.Shards, facts.Min, facts.Max);
        if (facts.IsJoining || facts.PerShard.Sessions <= 0)
            return shards;
        var fitting = facts.Waiting.Where(need => need <= facts.PerShard.Memory).ToList();
        if (fitting.Count == 0)
            return shards;
        var needed = Math.Max(
            ShardsFor(fitting.Count, facts.PerShard.Sessions, 100),
            ShardsFor(
                fitting.Aggregate(Int128.Zero, (sum, n) => sum + n),
                facts.PerShard.Memory,
                100
            )
        );
        return (int)Math.Min(facts.Max, shards + Math.Max(1L, needed));
    }

    /// <summary>
    /// The size that would do: the same when someone waits or a shard comes or goes, else the least that would be no fuller
    /// than <see cref="PlacementRules.ShrinkPercent"/>, but at most a tenth smaller. It is taken when it has been smaller for
    /// the whole of a calm period and <see cref="Holds"/>.
    /// </summary>
    public static int Shrunk(PoolSizeFacts facts)
    {
        if (facts.Waiting.Count > 0 || facts.IsJoining || !facts.IsSettled)
            return facts.Shards;
        var needed = Math.Max(
            ShardsFor(facts.Sessions, facts.PerShard.Sessions, PlacementRules.ShrinkPercent),
            ShardsFor(facts.Memory, facts.PerShard.Memory, PlacementRules.ShrinkPercent)
        );
        var step = Math.Max(1, facts.Shards / 10);
        return (int)
            Math.Min(facts.Shards, Math.Max(Math.Max(facts.Min, needed), facts.Shards - step));
    }

    /// <summary>Whether everybody has a place when only so many shards are left: tried out, since sums do not tell.</summary>
    public static bool Holds(PlacementInput input, int pool, int shards)
    {
        var trial = input with
        {
            Pools =
            [
                .. input.Pools.Select((p, i) => i == pool ? p with { Moves = int.MaxValue } : p),
            ],
            Shards =
            [
                .. input.Shards.Select(s =>
                    s.Pool == pool && s.Ordinal >= shards
                        ? s with
                        {
                            State = ShardState.Draining,
                        }
                        : s
                ),
            ],
        };
        var plan = PlacementEngine.Plan(trial);
        return plan.Stranded.Count == 0
            && plan.Unplaced.All(u => input.Sessions[u.Session].Pool != pool);
    }

    private static long ShardsFor(Int128 load, Int128 cap, int percent) =>
        cap <= 0
            ? int.MaxValue
            : (long)
                Int128.Min(int.MaxValue, ((load * 100) + (cap * percent) - 1) / (cap * percent));
}
