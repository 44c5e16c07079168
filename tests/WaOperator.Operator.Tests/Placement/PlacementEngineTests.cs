using WaOperator.Operator.Placement;
using WaOperator.Operator.Shards;

namespace WaOperator.Operator.Tests.Placement;

public sealed class PlacementEngineTests
{
    private static readonly long[] Ids = [.. Enumerable.Range(1, 9).Select(i => (long)i)];

    [Fact]
    public void A_session_takes_its_own_shard_and_keeps_it()
    {
        var fleet = Fleet.Of(shards: 5);
        fleet.Add(Ids[0]);
        fleet.Plan().Changes[Ids[0]].Reason.ShouldBe(PlacementReason.Hashed);
        fleet.Plan().Changes.ShouldBeEmpty();
    }

    [Fact]
    public void A_session_whose_shard_is_full_overflows_to_another()
    {
        var fleet = Fleet.Of(shards: 2, sessionsPerShard: 1);
        fleet.Add(Ids[0]);
        fleet.Plan();
        var full = fleet.ShardOf(Ids[0]);
        var random = new Random(1);
        long twin;
        do
        {
            twin = Fleet.NewId(random);
        } while (OwnShard(twin) != full);
        fleet.Add(twin);

        fleet.Plan().Changes[twin].Reason.ShouldBe(PlacementReason.Overflow);

        fleet.ShardOf(twin).ShouldBe(1 - full);

        static int? OwnShard(long id)
        {
            var fleet = Fleet.Of(shards: 2);
            fleet.Add(id);
            fleet.Plan();
            return fleet.ShardOf(id);
        }
    }

    [Fact]
    public void Above_the_session_limit_a_session_waits_and_is_placed_when_the_limit_is_raised()
    {
        var fleet = Fleet.Of(shards: 2, sessionsPerShard: 2);
        for (var i = 0; i < 5; i++)
            fleet.Add(Ids[i]);

        fleet
            .Plan()
            .Unplaced.ShouldBe(
                new Dictionary<long, PlacementReason> { [Ids[4]] = PlacementReason.NoCapacity }
            );
        var before = fleet.Sessions.Where(s => s.Key != Ids[4]).Select(s => s.Value).ToList();
        fleet.Plan().Changes.ShouldBeEmpty();

        fleet.Pools[0] = fleet.Pools[0] with { PerShard = new(3, long.MaxValue) };
        fleet.Plan().Changes.Keys.ShouldBe([Ids[4]]);
        before.ShouldAllBe(s => fleet.Sessions[s.Id] == s);
    }

    [Fact]
    public void Memory_limits_what_a_shard_holds()
    {
        var fleet = Fleet.Of(shards: 1, memoryPerShard: 10 * Fleet.MiB);
        fleet.Add(Ids[0], 6 * Fleet.MiB);
        fleet.Add(Ids[1], 5 * Fleet.MiB);
        fleet.Add(Ids[2], 4 * Fleet.MiB);

        fleet
            .Plan()
            .Unplaced.ShouldBe(
                new Dictionary<long, PlacementReason> { [Ids[1]] = PlacementReason.NoCapacity }
            );

        fleet.ShardOf(Ids[0]).ShouldBe(0);
        fleet.ShardOf(Ids[2]).ShouldBe(0);
    }

    [Fact]
    public void A_shard_whose_process_needs_more_than_its_sessions_holds_fewer()
    {
        var fleet = Fleet.Of(shards: 1, memoryPerShard: 10 * Fleet.MiB);
        fleet.SetShard(0, ShardState.Serving, memoryPermille: 2000);
        for (var i = 0; i < 9; i++)
            fleet.Add(Ids[i], Fleet.MiB);

        var planned = fleet.Plan();

        planned.Unplaced.Count.ShouldBe(4);
        planned.Plan.Shards.Single().Memory.ShouldBe(10 * Fleet.MiB);
    }

    [Fact]
    public void A_session_larger_than_a_shard_is_too_large_and_blocks_nobody()
    {
        var fleet = Fleet.Of(shards: 1, memoryPerShard: 10 * Fleet.MiB);
        fleet.Add(Ids[0], 11 * Fleet.MiB, priority: 9);
        fleet.Add(Ids[1], 10 * Fleet.MiB);

        fleet
            .Plan()
            .Unplaced.ShouldBe(
                new Dictionary<long, PlacementReason> { [Ids[0]] = PlacementReason.TooLarge }
            );
        fleet.ShardOf(Ids[1]).ShouldBe(0);
    }

    [Fact]
    public void Priority_then_age_order_the_queue_and_no_one_is_displaced()
    {
        var fleet = Fleet.Of(shards: 1, sessionsPerShard: 2);
        fleet.Add(Ids[0]);
        fleet.Plan();
        fleet.Add(Ids[1]);
        fleet.Add(Ids[2]);
        fleet.Add(Ids[3], priority: 5);

        fleet.Plan().Changes.Keys.ShouldBe([Ids[3]]);
        fleet.Sessions.Remove(Ids[0]);
        fleet.Plan().Changes.Keys.ShouldBe([Ids[1]]);
    }

    [Fact]
    public void A_tenant_at_its_limit_waits_while_others_are_placed()
    {
        var fleet = Fleet.Of(shards: 2);
        fleet.Tenants[0] = new(2, long.MaxValue);
        fleet.Tenants.Add(new(int.MaxValue, 3 * Fleet.MiB));
        for (var i = 0; i < 3; i++)
            fleet.Add(Ids[i]);
        fleet.Add(Ids[3], 2 * Fleet.MiB, tenant: 1);
        fleet.Add(Ids[4], 2 * Fleet.MiB, tenant: 1);
        fleet.Add(Ids[5], 1 * Fleet.MiB, tenant: 1);

        fleet
            .Plan()
            .Unplaced.ShouldBe(
                new Dictionary<long, PlacementReason>
                {
                    [Ids[2]] = PlacementReason.TenantLimit,
                    [Ids[4]] = PlacementReason.TenantLimit,
                }
            );
    }

    [Fact]
    public void A_lowered_tenant_limit_takes_no_place_away_not_even_when_the_shard_is_lost()
    {
        var fleet = Fleet.Of(shards: 2);
        for (var i = 0; i < 4; i++)
            fleet.Add(Ids[i]);
        fleet.Plan();
        fleet.Tenants[0] = new(1, long.MaxValue);
        fleet.SetShard(0, ShardState.Lost);

        fleet.Plan().Unplaced.ShouldBeEmpty();

        fleet.Counts().ShouldBe([0, 4]);
    }

    [Theory]
    [InlineData(ShardState.Joining)]
    [InlineData(ShardState.Restarting)]
    [InlineData(ShardState.Draining)]
    [InlineData(ShardState.Lost)]
    public void Only_a_serving_shard_takes_sessions(ShardState state)
    {
        var fleet = Fleet.Of(shards: 0);
        fleet.SetShard(0, state);
        fleet.Add(Ids[0]);
        fleet.Plan().Unplaced[Ids[0]].ShouldBe(PlacementReason.NoShard);
        fleet.SetShard(1, ShardState.Serving);
        fleet.Plan();
        fleet.ShardOf(Ids[0]).ShouldBe(1);
    }

    [Fact]
    public void Sessions_of_a_restarting_shard_wait_and_those_of_a_lost_one_move()
    {
        var fleet = Fleet.Of(shards: 2);
        for (var i = 0; i < 6; i++)
            fleet.Add(Ids[i]);
        fleet.Plan();
        var mine = fleet
            .Sessions.Values.Where(s => s.Placed!.Value.Ordinal == 0)
            .Select(s => s.Id)
            .ToHashSet();

        fleet.SetShard(0, ShardState.Restarting);
        fleet.Plan().Changes.ShouldBeEmpty();

        fleet.SetShard(0, ShardState.Lost);
        fleet.Plan().Changes.Keys.ToHashSet().ShouldBe(mine, ignoreOrder: true);
        fleet.Counts().ShouldBe([0, 6]);
    }

    [Fact]
    public void Without_room_elsewhere_the_sessions_of_a_lost_shard_wait_for_it()
    {
        var fleet = Fleet.Of(shards: 2, sessionsPerShard: 2);
        for (var i = 0; i < 4; i++)
            fleet.Add(Ids[i]);
        fleet.Plan();
        fleet.SetShard(0, ShardState.Lost);

        var planned = fleet.Plan();
        planned.Changes.ShouldBeEmpty();
        planned.Unplaced.ShouldBeEmpty();
        planned.Stranded.Count.ShouldBe(2);

        // A shard that left the pool for ever cannot be waited for.
        fleet.Shards.Remove(new(0, 0));
        fleet
            .Plan()
            .Unplaced.Values.ShouldBe([PlacementReason.NoCapacity, PlacementReason.NoCapacity]);
        fleet.Counts().ShouldBe([2]);
    }

    [Fact]
    public void Draining_is_paced_and_ends()
    {
        var fleet = Fleet.Of(shards: 3);
        fleet.Pools[0] = fleet.Pools[0] with { Moves = 2 };
        for (var i = 0; i < 9; i++)
            fleet.Add(Ids[i], priority: i);
        fleet.Plan();
        fleet.SetShard(2, ShardState.Draining);
        var left = fleet.Counts()[2];
        left.ShouldBeGreaterThan(0);

        while (left > 0)
        {
            var planned = fleet.Plan();
            planned.Changes.Count.ShouldBe(Math.Min(2, left));
            planned.Changes.Values.ShouldAllBe(c =>
                c.Reason == PlacementReason.Drained && c.From == new ShardRef(0, 2)
            );
            left -= planned.Changes.Count;
            planned.Plan.Deferred.ShouldBe(left);
        }
        fleet.Plan().Changes.ShouldBeEmpty();
    }

    [Fact]
    public void A_waiting_session_comes_before_a_drain()
    {
        var fleet = Fleet.Of(shards: 1, sessionsPerShard: 1);
        fleet.Add(Ids[0]);
        fleet.Plan();
        fleet.SetShard(0, ShardState.Draining);
        fleet.SetShard(1, ShardState.Serving);
        fleet.Add(Ids[1]);

        var planned = fleet.Plan();

        planned.Changes.Keys.ShouldBe([Ids[1]]);
        planned.Stranded.ShouldBe([Ids[0]]);
    }

    [Fact]
    public void A_session_that_changes_its_pool_moves_there()
    {
        var fleet = Fleet.Of(shards: 2);
        fleet.Pools.Add(new("pool-1", new(1, long.MaxValue)));
        fleet.SetShard(0, ShardState.Serving, pool: 1);
        fleet.Add(Ids[0]);
        fleet.Add(Ids[1]);
        fleet.Plan();
        foreach (var id in new[] { Ids[0], Ids[1] })
            fleet.Sessions[id] = fleet.Sessions[id] with { Pool = 1 };

        var planned = fleet.Plan();

        planned
            .Changes[Ids[0]]
            .ShouldBe(
                planned.Changes[Ids[0]] with
                {
                    To = new ShardRef(1, 0),
                    Reason = PlacementReason.Drained,
                }
            );
        planned.Stranded.ShouldBe([Ids[1]]);
    }

    [Fact]
    public void A_shard_above_a_lowered_limit_says_so_and_loses_nobody()
    {
        var fleet = Fleet.Of(shards: 1, sessionsPerShard: 3);
        for (var i = 0; i < 3; i++)
            fleet.Add(Ids[i]);
        fleet.Plan().Plan.Shards.Single().OverCapacity.ShouldBeFalse();
        fleet.Pools[0] = fleet.Pools[0] with { PerShard = new(1, long.MaxValue) };

        var planned = fleet.Plan();

        planned.Plan.Shards.Single().OverCapacity.ShouldBeTrue();
        planned.Changes.ShouldBeEmpty();
    }

    [Fact]
    public void Nothing_to_place_and_nowhere_to_place_it_are_fine()
    {
        Fleet.Of(shards: 0).Plan().Plan.Shards.ShouldBeEmpty();
        var fleet = Fleet.Of(shards: 1, sessionsPerShard: 0, memoryPerShard: 0);
        fleet.Add(Ids[0], memory: 0);
        fleet.Add(Ids[1], memory: long.MaxValue);
        fleet.Add(Ids[2], memory: -1);
        fleet
            .Plan()
            .Unplaced.Values.ShouldBe(
                [PlacementReason.NoCapacity, PlacementReason.TooLarge, PlacementReason.NoCapacity],
                ignoreOrder: true
            );
    }
}
