using WaOperator.Operator.Placement;
using WaOperator.Operator.Shards;
using WaOperator.Store;

namespace WaOperator.Operator.Tests.Placement;

/// <summary>
/// A fleet that a test builds, plans and changes; plans are applied to it as the operator would, and time passes for it as the
/// operator counts it.
/// </summary>
internal sealed class Fleet
{
    public const long MiB = 1 << 20;
    private readonly Dictionary<ShardRef, MemoryWatch> _watches = [];
    private readonly HashSet<int> _uneven = [];
    private long _clock;
    private int _report;

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

    public void SetShard(
        int ordinal,
        ShardState state,
        int pool = 0,
        int memoryPermille = 1000,
        int windowsAbove = 0,
        bool isAbove = false,
        bool hasEvicted = false
    ) =>
        Shards[new(pool, ordinal)] = new(
            pool,
            ordinal,
            state,
            memoryPermille,
            windowsAbove,
            isAbove,
            hasEvicted
        );

    public long Add(
        long id,
        long memory = MiB,
        int priority = 0,
        int tenant = 0,
        int pool = 0,
        ShardRef? placed = null,
        long lastActive = 0
    )
    {
        Sessions.Add(id, new(id, pool, tenant, memory, priority, _clock++, placed, lastActive));
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
            Sessions[session.Id] = session with
            {
                Placed = change.To,
                Moved = session.Moved || change.Reason == PlacementReason.Rebalanced,
                Evicted =
                    change.Reason == PlacementReason.Evicted
                        ? new(change.From!.Value, 0)
                        : session.Evicted,
            };
        }
        foreach (var from in plan.Changes.Where(c => c.Reason == PlacementReason.Evicted))
            Relieve(from.From!.Value);
        foreach (var (pool, balance) in plan.Balance.Index())
            See(pool, balance);
        return new(
            plan,
            plan.Changes.ToDictionary(c => input.Sessions[c.Session].Id),
            plan.Unplaced.ToDictionary(u => input.Sessions[u.Session].Id, u => u.Reason),
            [.. plan.Stranded.Select(s => input.Sessions[s].Id)]
        );
    }

    /// <summary>Plans until nothing changes, without time passing.</summary>
    public List<Planned> Settle(int rounds = 20)
    {
        var plans = new List<Planned>();
        do
        {
            plans.Count.ShouldBeLessThan(rounds, "planning does not come to rest");
            plans.Add(Plan());
        } while (plans[^1].Changes.Count > 0);
        return plans;
    }

    /// <summary>A minute passes.</summary>
    public void Minute()
    {
        foreach (var pool in _uneven)
            Pools[pool] = Pools[pool] with { UnevenMinutes = Pools[pool].UnevenMinutes + 1 };
        foreach (var session in Sessions.Values.Where(s => s.Evicted is not null).ToList())
        {
            var eviction = session.Evicted!.Value;
            eviction = eviction with { MinutesAgo = eviction.MinutesAgo + 1 };
            var over =
                session.Placed is not null && eviction.MinutesAgo >= PlacementRules.ReturnMinutes;
            Sessions[session.Id] = session with { Evicted = over ? null : eviction };
        }
    }

    /// <summary>All that a leader has in memory is forgotten; what is stored stays.</summary>
    public void ChangeLeader()
    {
        _watches.Clear();
        _uneven.Clear();
        for (var pool = 0; pool < Pools.Count; pool++)
            Pools[pool] = Pools[pool] with { UnevenMinutes = 0, Rebalancing = false };
        foreach (var session in Sessions.Values.ToList())
            Sessions[session.Id] = session with { Evicted = null, Moved = false };
    }

    /// <summary>A process reports its memory.</summary>
    public void Report(ShardRef shard, long memory, long epoch = 1)
    {
        var report = new ShardReport(
            new ShardId(Pools[shard.Pool].Key, shard.Ordinal),
            epoch,
            0,
            0,
            memory,
            CostOf(shard)
        )
        {
            ReportedAt = DateTimeOffset.UnixEpoch.AddSeconds(_report++),
        };
        See(shard, WatchOf(shard).After(report, Pools[shard.Pool].PerShard.Memory));
    }

    public int? ShardOf(long id) => Sessions[id].Placed?.Ordinal;

    public IEnumerable<PlacementSession> On(ShardRef shard) =>
        Sessions.Values.Where(s => s.Placed == shard);

    public long CostOf(ShardRef shard) => On(shard).Sum(s => s.Memory);

    /// <summary>Sessions on each shard of the first pool, by ordinal.</summary>
    public int[] Counts()
    {
        var count = Sessions.Values.Where(s => s.Placed is not null).CountBy(s => s.Placed!.Value);
        var counts = count.ToDictionary();
        return [.. Shards.Keys.OrderBy(s => s.Ordinal).Select(s => counts.GetValueOrDefault(s))];
    }

    private MemoryWatch WatchOf(ShardRef shard) =>
        _watches.GetValueOrDefault(shard, MemoryWatch.Unknown);

    private void Relieve(ShardRef shard) => See(shard, WatchOf(shard).Relieved());

    private void See(ShardRef shard, MemoryWatch watch)
    {
        _watches[shard] = watch;
        Shards[shard] = Shards[shard] with
        {
            MemoryPermille = watch.Permille,
            WindowsAbove = watch.WindowsAbove,
            IsAbove = watch.IsAbove,
            HasEvicted = watch.HasEvicted,
        };
    }

    private void See(int pool, PoolBalance balance)
    {
        if (balance.Uneven)
            _uneven.Add(pool);
        else
            _uneven.Remove(pool);
        Pools[pool] = Pools[pool] with
        {
            Rebalancing = balance.Rebalancing,
            UnevenMinutes = balance.Uneven ? Pools[pool].UnevenMinutes : 0,
        };
        if (balance.Rebalancing)
            return;
        foreach (var moved in Sessions.Values.Where(s => s.Moved && s.Pool == pool).ToList())
            Sessions[moved.Id] = moved with { Moved = false };
    }
}

internal sealed record Planned(
    PlacementPlan Plan,
    Dictionary<long, PlacementDecision> Changes,
    Dictionary<long, PlacementReason> Unplaced,
    HashSet<long> Stranded
);
