using WaOperator.Operator.Placement;
using WaOperator.Operator.Shards;

namespace WaOperator.Operator.Tests.Placement;

/// <summary>A fleet that a test builds, plans and changes; plans are applied to it as the operator would.</summary>
internal sealed class Fleet
{
    public const long MiB = 1 << 20;
    private long _clock;

    public List<PlacementPool> Pools { get; } = [];
    public List<Capacity> Tenants { get; } = [Capacity.Unlimited];
    public Dictionary<ShardRef, PlacementShard> Shards { get; } = [];
    public Dictionary<long, PlacementSession> Sessions { get; } = [];

    public static Fleet Of(
        int shards,
        int sessionsPerShard = 1_000_000,
        long memoryPerShard = long.MaxValue
    )
    {
        var fleet = new Fleet();
        fleet.Pools.Add(new("pool-0", new(sessionsPerShard, memoryPerShard)));
        for (var i = 0; i < shards; i++)
            fleet.SetShard(i, ShardState.Serving);
        return fleet;
    }

    public void SetShard(int ordinal, ShardState state, int pool = 0, int memoryPermille = 1000) =>
        Shards[new(pool, ordinal)] = new(pool, ordinal, state, memoryPermille);

    public long Add(
        long id,
        long memory = MiB,
        int priority = 0,
        int tenant = 0,
        int pool = 0,
        ShardRef? placed = null
    )
    {
        Sessions.Add(id, new(id, pool, tenant, memory, priority, _clock++, placed));
        return id;
    }

    public void Add(Random random, int count, Func<long>? memory = null)
    {
        for (var i = 0; i < count; i++)
            Add(NewId(random), memory?.Invoke() ?? MiB);
    }

    public static long NewId(Random random) => random.NextInt64();

    public PlacementInput Input() => new(Pools, Tenants, [.. Shards.Values], [.. Sessions.Values]);

    /// <summary>Plans and applies; returns the moves and placements by session.</summary>
    public Planned Plan()
    {
        var input = Input();
        var plan = PlacementEngine.Plan(input);
        foreach (var change in plan.Changes)
        {
            var session = input.Sessions[change.Session];
            Sessions[session.Id] = session with { Placed = change.To };
        }
        return new(
            plan,
            plan.Changes.ToDictionary(c => input.Sessions[c.Session].Id),
            plan.Unplaced.ToDictionary(u => input.Sessions[u.Session].Id, u => u.Reason),
            [.. plan.Stranded.Select(s => input.Sessions[s].Id)]
        );
    }

    public int? ShardOf(long id) => Sessions[id].Placed?.Ordinal;

    public int[] Counts() =>
        [
            .. Shards
                .Keys.OrderBy(s => s.Ordinal)
                .Select(s => Sessions.Values.Count(x => x.Placed == s)),
        ];
}

internal sealed record Planned(
    PlacementPlan Plan,
    Dictionary<long, PlacementDecision> Changes,
    Dictionary<long, PlacementReason> Unplaced,
    HashSet<long> Stranded
);
