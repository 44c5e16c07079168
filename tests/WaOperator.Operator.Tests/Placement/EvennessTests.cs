using WaOperator.Operator.Placement;
using WaOperator.Operator.Shards;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Placement;

/// <summary>
/// Invariant: filled from empty, no shard is above 1.10 of the average (rounded up to a whole session); at rest, whatever
/// happened, none is above 1.20. Sessions are small against a shard.
/// </summary>
public sealed class EvennessTests(ITestOutputHelper output)
{
    [Fact]
    public void Filled_from_empty_no_shard_is_above_1_10_of_the_average() =>
        Seeds.Check(
            output,
            1000,
            random =>
            {
                var fleet = Fleet.Of(random.Next(1, 30), sessionsPerShard: 500);
                var sessions = random.Next(1, fleet.Shards.Count * 400);
                fleet.Add(random, sessions);
                fleet.Plan().Unplaced.ShouldBeEmpty();
                fleet.Counts().Max().ShouldBeLessThanOrEqualTo(Ceiling(fleet, 110));
            }
        );

    [Fact]
    public void Filled_a_few_at_a_time_no_shard_is_above_1_10_of_the_average() =>
        Seeds.Check(
            output,
            200,
            random =>
            {
                var fleet = Fleet.Of(random.Next(1, 20));
                for (var wave = 0; wave < 20; wave++)
                {
                    fleet.Add(random, random.Next(1, 40));
                    fleet.Plan();
                    fleet.Counts().Max().ShouldBeLessThanOrEqualTo(Ceiling(fleet, 110));
                }
            }
        );

    [Fact]
    public void Filled_from_empty_by_memory_no_shard_is_above_1_10_of_the_average_and_one_session() =>
        Seeds.Check(
            output,
            500,
            random =>
            {
                const long largest = 20 * Fleet.MiB;
                var shards = random.Next(1, 20);
                var fleet = Fleet.Of(
                    shards,
                    sessionsPerShard: 100_000,
                    memoryPerShard: 4000 * Fleet.MiB
                );
                fleet.Add(
                    random,
                    shards * random.Next(20, 150),
                    () => random.NextInt64(1, largest)
                );
                var planned = fleet.Plan();
                planned.Unplaced.ShouldBeEmpty();
                var average = fleet.Sessions.Values.Sum(s => s.Memory) / shards;
                planned
                    .Plan.Shards.Max(s => s.Memory)
                    .ShouldBeLessThanOrEqualTo((average * 110 / 100) + largest);
            }
        );

    [Fact]
    public void At_rest_no_shard_is_above_1_20_of_the_average() =>
        Seeds.Check(
            output,
            500,
            random =>
            {
                var fleet = Fleet.Of(random.Next(2, 20));
                fleet.Add(random, random.Next(1, 1000));
                for (var step = 0; step < 10; step++)
                {
                    Happen(fleet, random);
                    do
                    {
                        fleet.Plan();
                        fleet.Minute();
                    } while (
                        fleet.Plan()
                            is {
                                Plan: { Changes.Count: > 0 } or { Balance: [{ Rebalancing: true }] }
                            }
                    );
                    var serving = Serving(fleet);
                    if (serving.Count == 0)
                        continue;
                    serving.Max().ShouldBeLessThanOrEqualTo(Ceiling(fleet, 120));
                    serving.Min().ShouldBeGreaterThanOrEqualTo(Floor(fleet, 80));
                }
            }
        );

    /// <summary>Sessions and shards come and go, evenly and not.</summary>
    private static void Happen(Fleet fleet, Random random)
    {
        switch (random.Next(4))
        {
            case 0:
                fleet.Add(random, random.Next(1, 300));
                break;
            case 1:
                var shard = random.Next(fleet.Shards.Count);
                foreach (
                    var session in fleet
                        .Sessions.Values.Where(s =>
                            s.Placed?.Ordinal == shard || random.Next(6) == 0
                        )
                        .ToList()
                )
                    fleet.Sessions.Remove(session.Id);
                break;
            case 2:
                fleet.SetShard(fleet.Shards.Count, ShardState.Serving);
                break;
            default:
                var ordinal = random.Next(fleet.Shards.Count);
                fleet.SetShard(
                    ordinal,
                    fleet.Shards[new(0, ordinal)].State == ShardState.Serving
                    && Serving(fleet).Count > 1
                        ? ShardState.Lost
                        : ShardState.Serving
                );
                break;
        }
    }

    private static List<int> Serving(Fleet fleet)
    {
        var counts = fleet.Counts();
        return
        [
            .. fleet
                .Shards.Values.OrderBy(s => s.Ordinal)
                .Select((s, i) => (s.State, Count: counts[i]))
                .Where(s => s.State == ShardState.Serving)
                .Select(s => s.Count),
        ];
    }

    private static int Ceiling(Fleet fleet, int percent)
    {
        var serving = Serving(fleet);
        return ((serving.Sum() * percent) + (serving.Count * 100) - 1) / (serving.Count * 100);
    }

    private static int Floor(Fleet fleet, int percent)
    {
        var serving = Serving(fleet);
        return serving.Sum() * percent / (serving.Count * 100);
    }
}
