using WaOperator.Operator.Placement;
using WaOperator.Operator.Pools;
using WaOperator.Operator.Shards;
using WaOperator.Operator.Tests.Placement;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Pools;

public sealed class PoolSizeTests(ITestOutputHelper output)
{
    private static readonly PoolSizeFacts Quiet = new(
        Shards: 4,
        Min: 1,
        Max: 20,
        new(100, 100),
        Waiting: [],
        IsJoining: false,
        IsSettled: true,
        Sessions: 290,
        Memory: 100
    );

    [Fact]
    public void It_grows_by_what_those_need_who_wait()
    {
        PoolSize.Grown(Quiet).ShouldBe(4);
        PoolSize.Grown(Quiet with { Waiting = [1] }).ShouldBe(5);
        PoolSize.Grown(Quiet with { Waiting = [.. Enumerable.Repeat(1L, 250)] }).ShouldBe(7);
        PoolSize.Grown(Quiet with { Waiting = [60, 60, 60] }).ShouldBe(6);
    }

    [Fact]
    public void It_never_grows_beyond_what_is_declared()
    {
        PoolSize.Grown(Quiet with { Waiting = [1], Max = 4 }).ShouldBe(4);
        PoolSize.Grown(Quiet with { Max = 3 }).ShouldBe(3);
        PoolSize.Grown(Quiet with { Min = 6 }).ShouldBe(6);
    }

    [Fact]
    public void It_grows_only_for_who_would_fit_and_while_no_shard_is_joining()
    {
        PoolSize.Grown(Quiet with { Waiting = [101] }).ShouldBe(4);
        PoolSize.Grown(Quiet with { Waiting = [101, 1] }).ShouldBe(5);
        PoolSize.Grown(Quiet with { Waiting = [1], IsJoining = true }).ShouldBe(4);
        PoolSize.Grown(Quiet with { Waiting = [1], PerShard = new(0, 100) }).ShouldBe(4);
    }

    [Fact]
    public void It_grows_from_nothing() =>
        PoolSize.Grown(Quiet with { Shards = 0, Min = 0, Waiting = [1] }).ShouldBe(1);

    [Fact]
    public void It_shrinks_by_a_tenth_to_what_is_three_quarters_full()
    {
        PoolSize.Shrunk(Quiet).ShouldBe(4);
        PoolSize.Shrunk(Quiet with { Sessions = 225 }).ShouldBe(3);
        PoolSize.Shrunk(Quiet with { Sessions = 225, Memory = 226 }).ShouldBe(4);
        PoolSize.Shrunk(Quiet with { Sessions = 0, Memory = 0, Min = 4 }).ShouldBe(4);
        PoolSize.Shrunk(Quiet with { Shards = 20 }).ShouldBe(18);
    }

    [Fact]
    public void It_does_not_shrink_while_someone_waits_or_a_shard_comes_or_goes()
    {
        var idle = Quiet with { Sessions = 0, Memory = 0 };
        PoolSize.Shrunk(idle).ShouldBe(3);
        PoolSize.Shrunk(idle with { Waiting = [1000] }).ShouldBe(4);
        PoolSize.Shrunk(idle with { IsJoining = true }).ShouldBe(4);
        PoolSize.Shrunk(idle with { IsSettled = false }).ShouldBe(4);
    }

    [Fact]
    public void Sums_that_fit_are_not_enough_to_shrink()
    {
        var fleet = Fleet.Of(shards: 3, memoryPerShard: 100);
        for (var i = 0; i < 3; i++)
            fleet.Add(i, 51, placed: new(0, i));
        PoolSize.Holds(fleet.Input(), 0, 2).ShouldBeFalse();
        fleet.Sessions[2] = fleet.Sessions[2] with { Memory = 49 };
        PoolSize.Holds(fleet.Input(), 0, 2).ShouldBeTrue();
    }

    /// <summary>
    /// Sessions come and go at random for a while and then rest: the pool never leaves its bounds, no one waits who would fit
    /// while it could grow, and at rest its size stands still and everybody has a place.
    /// </summary>
    [Fact]
    public void Whatever_happens_the_size_comes_to_rest() =>
        Seeds.Check(
            output,
            300,
            random =>
            {
                var (min, max) = (random.Next(0, 3), random.Next(3, 15));
                var fleet = Fleet.Of(0, random.Next(5, 30), 100 * Fleet.MiB);
                var shards = min;
                var calm = 0;
                var resized = 0;
                for (var minute = 0; minute < 600; minute++)
                {
                    if (minute < 100)
                        Happen(fleet, random);
                    foreach (var ordinal in Enumerable.Range(0, shards))
                        fleet.SetShard(ordinal, ShardState.Serving);
                    foreach (
                        var shard in fleet.Shards.Keys.Where(s => s.Ordinal >= shards).ToList()
                    )
                        if (fleet.On(shard).Any())
                            fleet.SetShard(shard.Ordinal, ShardState.Draining);
                        else
                            fleet.Shards.Remove(shard);
                    fleet.Settle(100);
                    var input = fleet.Input();
                    var facts = PoolSizeFacts.Of(
                        input,
                        PlacementEngine.Plan(input),
                        0,
                        new(
                            shards,
                            min,
                            max,
                            input.Pools[0].PerShard,
                            new(default, default, default),
                            0
                        ),
                        isJoining: false
                    );
                    var size = PoolSize.Grown(facts);
                    calm = size == shards && PoolSize.Shrunk(facts) < shards ? calm + 1 : 0;
                    if (calm > 5 && PoolSize.Holds(input, 0, PoolSize.Shrunk(facts)))
                        (size, calm) = (PoolSize.Shrunk(facts), 0);
                    size.ShouldBeInRange(min, max);
                    if (size != shards)
                        resized = minute;
                    shards = size;
                    fleet.Minute();
                }
                resized.ShouldBeLessThan(500, "the pool still grows and shrinks");
                if (shards < max)
                    fleet.Sessions.Values.ShouldAllBe(s => s.Placed != null);
            }
        );

    private static void Happen(Fleet fleet, Random random)
    {
        if (random.Next(3) == 0)
            fleet.Add(random, random.Next(30), () => random.NextInt64(1, 20 * Fleet.MiB));
        else
            foreach (var id in fleet.Sessions.Keys.Where(_ => random.Next(8) == 0).ToList())
                fleet.Sessions.Remove(id);
    }
}
