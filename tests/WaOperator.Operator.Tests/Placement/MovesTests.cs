using WaOperator.Operator.Placement;
using WaOperator.Operator.Shards;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Placement;

/// <summary>
/// Invariant: a session moves only when it must. Losing a shard moves exactly its own sessions; creating, deleting, adding a
/// shard, restarting the operator or two leaders after each other move no one; a rebalance ends inside 0.90-1.10 and moves
/// no one twice.
/// </summary>
public sealed class MovesTests(ITestOutputHelper output)
{
    [Fact]
    public void Losing_a_shard_moves_exactly_its_own_sessions() =>
        Seeds.Check(
            output,
            1000,
            random =>
            {
                var fleet = Filled(random);
                var lost = new ShardRef(0, random.Next(fleet.Shards.Count));
                var own = fleet.On(lost).Select(s => s.Id).ToList();
                fleet.SetShard(lost.Ordinal, ShardState.Lost);

                fleet.Plan().Changes.Keys.ShouldBe(own, ignoreOrder: true);

                fleet.On(lost).ShouldBeEmpty();
            }
        );

    [Theory]
    [InlineData("create")]
    [InlineData("delete")]
    [InlineData("add a shard")]
    [InlineData("restart the operator")]
    [InlineData("two leaders")]
    [InlineData("restart a shard")]
    public void It_moves_nobody(string what) =>
        Seeds.Check(
            output,
            500,
            random =>
            {
                var fleet = Filled(random);
                var before = fleet.Sessions.ToDictionary(s => s.Key, s => s.Value.Placed);
                for (var times = random.Next(1, 4); times > 0; times--)
                {
                    Do(what, fleet, random);
                    foreach (var planned in fleet.Settle())
                        planned.Changes.Values.ShouldAllBe(c => c.From == null);
                }
                foreach (var session in fleet.Sessions.Values)
                    if (before.TryGetValue(session.Id, out var placed))
                        session.Placed.ShouldBe(placed);
            }
        );

    /// <summary>After an absence of the database, whatever is to be moved, drained or evicted by then.</summary>
    [Fact]
    public void While_a_pool_holds_only_who_has_lost_a_shard_gets_another() =>
        Seeds.Check(
            output,
            1000,
            random =>
            {
                var fleet = RandomFleet.Make(random);
                for (var step = random.Next(1, 8); step > 0; step--)
                {
                    RandomFleet.Disturb(fleet, random);
                    fleet.Plan();
                }
                RandomFleet.Disturb(fleet, random);
                for (var pool = 0; pool < fleet.Pools.Count; pool++)
                    fleet.Pools[pool] = fleet.Pools[pool] with { Holds = true };
                var shards = new Dictionary<ShardRef, PlacementShard>(fleet.Shards);

                foreach (var planned in fleet.Settle())
                    planned.Changes.Values.ShouldAllBe(c =>
                        c.From == null
                        || !shards.ContainsKey(c.From.Value)
                        || shards[c.From.Value].State == ShardState.Lost
                    );
            }
        );

    /// <summary>What a leader does with what another one stored depends on nothing else than that.</summary>
    [Fact]
    public void Two_leaders_that_take_turns_decide_what_one_would() =>
        Seeds.Check(
            output,
            300,
            random =>
            {
                var seed = random.Next();
                Run(new(seed), turns: true).ShouldBe(Run(new(seed), turns: false));

                static List<(long, ShardRef?)> Run(Random random, bool turns)
                {
                    var fleet = Filled(random);
                    for (var step = 0; step < 8; step++)
                    {
                        fleet.Add(random, random.Next(20));
                        fleet.SetShard(
                            random.Next(fleet.Shards.Count),
                            random.Next(3) == 0 ? ShardState.Lost : ShardState.Serving
                        );
                        fleet.Settle();
                        if (turns)
                            fleet.ChangeLeader();
                    }
                    return
                    [
                        .. fleet.Sessions.OrderBy(s => s.Key).Select(s => (s.Key, s.Value.Placed)),
                    ];
                }
            }
        );

    [Fact]
    public void A_rebalance_ends_inside_0_90_to_1_10_and_moves_no_one_twice() =>
        Seeds.Check(
            output,
            500,
            random =>
            {
                var fleet = Fleet.Of(random.Next(2, 25));
                var perPlan = random.Next(1, 50);
                fleet.Pools[0] = fleet.Pools[0] with { Moves = perPlan };
                foreach (var _ in Enumerable.Range(0, random.Next(1, 800)))
                    fleet.Add(
                        Fleet.NewId(random),
                        placed: new(0, (int)(fleet.Shards.Count * Math.Pow(random.NextDouble(), 3)))
                    );
                var uneven = fleet.Plan();
                uneven.Changes.ShouldBeEmpty("an unevenness that is new moves no session");
                fleet.Minute();

                var moved = Rebalance(fleet);

                if (!uneven.Plan.Balance[0].Uneven)
                    moved.ShouldBeEmpty();
                else
                {
                    var (sum, shards) = (fleet.Sessions.Count, fleet.Shards.Count);
                    fleet
                        .Counts()
                        .Max()
                        .ShouldBeLessThanOrEqualTo(
                            ((sum * 110) + (shards * 100) - 1) / (shards * 100)
                        );
                    fleet.Counts().Min().ShouldBeGreaterThanOrEqualTo(sum * 90 / (shards * 100));
                }
            }
        );

    [Fact]
    public void A_rebalance_by_memory_ends_inside_0_90_to_1_10_and_moves_no_one_twice() =>
        Seeds.Check(
            output,
            300,
            random =>
            {
                const long largest = 2 * Fleet.MiB;
                var fleet = Fleet.Of(random.Next(2, 12), memoryPerShard: 4000 * Fleet.MiB);
                fleet.Pools[0] = fleet.Pools[0] with { Moves = random.Next(5, 50) };
                foreach (var _ in Enumerable.Range(0, fleet.Shards.Count * random.Next(80, 160)))
                    fleet.Add(
                        Fleet.NewId(random),
                        random.NextInt64(1, largest),
                        placed: new(0, (int)(fleet.Shards.Count * Math.Pow(random.NextDouble(), 2)))
                    );
                fleet.Plan();
                fleet.Minute();

                Rebalance(fleet);

                var loads = fleet.Shards.Keys.Select(fleet.CostOf).ToList();
                var average = loads.Sum() / loads.Count;
                loads.Max().ShouldBeLessThanOrEqualTo((average * 120 / 100) + 1);
                loads.Min().ShouldBeGreaterThanOrEqualTo(average * 80 / 100);
            }
        );

    /// <summary>A new shard is filled by a rebalance that takes from who has too much and gives to who has too little.</summary>
    [Fact]
    public void A_new_shard_is_filled_with_no_more_moves_than_the_average_asks_for() =>
        Seeds.Check(
            output,
            300,
            random =>
            {
                var fleet = Filled(random);
                fleet.SetShard(fleet.Shards.Count, ShardState.Serving);
                fleet.Plan().Changes.ShouldBeEmpty();
                fleet.Minute();
                var before = fleet.Counts();
                var places = fleet.Sessions.ToDictionary(s => s.Key, s => s.Value.Placed!.Value);

                var moved = Rebalance(fleet);

                var average = (double)fleet.Sessions.Count / before.Length;
                foreach (var (id, to) in moved)
                {
                    ((double)before[places[id].Ordinal]).ShouldBeGreaterThan(average);
                    ((double)before[to.Ordinal]).ShouldBeLessThan(average);
                }
                moved.Count.ShouldBeLessThanOrEqualTo(
                    before.Sum(count => Math.Max(0, (int)Math.Ceiling(average) - count))
                );
            }
        );

    /// <summary>Plans until the rebalance is over; who was moved and where to.</summary>
    private static Dictionary<long, ShardRef> Rebalance(Fleet fleet)
    {
        var moved = new Dictionary<long, ShardRef>();
        Planned planned;
        do
        {
            planned = fleet.Plan();
            foreach (var (id, change) in planned.Changes)
            {
                change.Reason.ShouldBe(PlacementReason.Rebalanced);
                moved.TryAdd(id, change.To!.Value).ShouldBeTrue($"session {id} was moved twice");
            }
            moved.Count.ShouldBeLessThanOrEqualTo(fleet.Sessions.Count);
        } while (planned.Plan.Balance[0].Rebalancing);
        fleet.Minute();
        fleet.Plan().Changes.ShouldBeEmpty("it does not start again");
        return moved;
    }

    private static Fleet Filled(Random random)
    {
        var fleet = Fleet.Of(random.Next(2, 20));
        fleet.Add(random, random.Next(1, 500));
        fleet.Settle();
        return fleet;
    }

    private static void Do(string what, Fleet fleet, Random random)
    {
        switch (what)
        {
            case "create":
                fleet.Add(random, random.Next(1, 100));
                break;
            case "delete":
                foreach (var id in fleet.Sessions.Keys.Where(_ => random.Next(3) == 0).ToList())
                    fleet.Sessions.Remove(id);
                break;
            case "add a shard":
                fleet.SetShard(fleet.Shards.Count, ShardState.Serving);
                break;
            case "restart a shard":
                fleet.SetShard(random.Next(fleet.Shards.Count), ShardState.Restarting);
                break;
            default:
                fleet.ChangeLeader();
                if (what == "two leaders")
                    fleet.Settle();
                break;
        }
    }
}
