using WaOperator.Operator.Shards;

namespace WaOperator.Operator.Tests.Placement;

/// <summary>Small fleets with everything in them, and what may happen to them.</summary>
internal static class RandomFleet
{
    public static Fleet Make(Random random)
    {
        var fleet = new Fleet();
        fleet.Tenants[0] = new(random.Next(1, 60), random.Next(1, 500) * Fleet.MiB);
        fleet.Tenants.Add(Operator.Placement.Capacity.Unlimited);
        for (var pool = 0; pool < random.Next(1, 4); pool++)
        {
            fleet.Pools.Add(
                new(
                    $"pool-{pool}",
                    new(random.Next(1, 20), random.Next(4, 60) * Fleet.MiB),
                    random.Next(3) == 0 ? random.Next(4) : int.MaxValue
                )
            );
            for (var ordinal = 0; ordinal < random.Next(0, 8); ordinal++)
                SetShard(fleet, random, ordinal, pool);
        }
        for (var i = random.Next(0, 80); i > 0; i--)
            AddSession(fleet, random);
        return fleet;
    }

    public static void AddSession(Fleet fleet, Random random)
    {
        var id = fleet.Add(
            Fleet.NewId(random),
            random.NextInt64(0, 8 * Fleet.MiB),
            random.Next(-1, 2),
            random.Next(2),
            random.Next(fleet.Pools.Count),
            lastActive: random.Next(5)
        );
        // Many are of the same age: what decides then is no order of lists.
        fleet.Sessions[id] = fleet.Sessions[id] with
        {
            Since = random.Next(3),
        };
    }

    /// <summary>Something happens.</summary>
    public static void Disturb(Fleet fleet, Random random)
    {
        switch (random.Next(9))
        {
            case 0:
                for (var i = 0; i < 10; i++)
                    AddSession(fleet, random);
                break;
            case 1:
                foreach (var id in Some(fleet.Sessions.Keys, random, 4))
                    fleet.Sessions.Remove(id);
                break;
            case 2:
                SetShard(fleet, random, random.Next(10), random.Next(fleet.Pools.Count));
                break;
            case 3:
                foreach (var shard in Some(fleet.Shards.Keys, random, 3))
                    SetShard(fleet, random, shard.Ordinal, shard.Pool);
                break;
            case 4:
                if (fleet.Shards.Count > 0)
                    fleet.Shards.Remove(
                        fleet.Shards.Keys.ElementAt(random.Next(fleet.Shards.Count))
                    );
                break;
            case 5:
                var p = random.Next(fleet.Pools.Count);
                fleet.Pools[p] = fleet.Pools[p] with
                {
                    PerShard = new(random.Next(1, 20), random.Next(4, 60) * Fleet.MiB),
                };
                break;
            case 6:
                foreach (var id in Some(fleet.Sessions.Keys, random, 4))
                    fleet.Sessions[id] = fleet.Sessions[id] with
                    {
                        Memory = random.NextInt64(0, 8 * Fleet.MiB),
                        Pool = random.Next(fleet.Pools.Count),
                    };
                break;
            case 7:
                for (var minutes = random.Next(1, 12); minutes > 0; minutes--)
                    fleet.Minute();
                break;
            default:
                if (random.Next(3) == 0)
                    fleet.ChangeLeader();
                break;
        }
    }

    private static void SetShard(Fleet fleet, Random random, int ordinal, int pool) =>
        fleet.SetShard(
            ordinal,
            random.Next(2) == 0 ? ShardState.Serving : (ShardState)random.Next(5),
            pool,
            random.Next(2) == 0 ? 1000 : random.Next(500, 4000),
            random.Next(4) == 0 ? random.Next(3) : 0,
            random.Next(10) == 0,
            random.Next(10) == 0
        );

    private static List<T> Some<T>(IEnumerable<T> all, Random random, int oneIn) =>
        [.. all.Where(_ => random.Next(oneIn) == 0)];
}
