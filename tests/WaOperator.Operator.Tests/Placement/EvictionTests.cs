using WaOperator.Operator.Placement;
using WaOperator.Operator.Pools;
using WaOperator.Operator.Shards;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Placement;

/// <summary>
/// Invariant: eviction stops. No session bounces, no shard empties itself, and a session larger than any shard blocks no one and
/// grows nothing.
/// </summary>
public sealed class EvictionTests(ITestOutputHelper output)
{
    private const long Cap = 100 * Fleet.MiB;

    /// <summary>
    /// Sessions grow once, by so much that shards run over; processes weigh more than their sessions, some beyond what the
    /// count follows, some whatever their sessions do (a leak). Twice a minute each reports.
    /// </summary>
    [Fact]
    public void Whatever_processes_weigh_it_comes_to_rest() =>
        Seeds.Check(
            output,
            1000,
            random =>
            {
                var fleet = Fleet.Of(random.Next(1, 8), memoryPerShard: Cap);
                fleet.Add(random, random.Next(1, fleet.Shards.Count * 60), () => Size(random, 2));
                foreach (var id in fleet.Sessions.Keys.ToList())
                    fleet.Sessions[id] = fleet.Sessions[id] with
                    {
                        Priority = random.Next(2),
                        LastActive = random.Next(100),
                    };
                fleet.Settle();
                foreach (var id in fleet.Sessions.Keys.Where(_ => random.Next(2) == 0).ToList())
                    fleet.Sessions[id] = fleet.Sessions[id] with { Memory = Size(random, 6) };
                var processes = fleet.Shards.Keys.ToDictionary(s => s, _ => Process.Any(random));
                var evicted = new Dictionary<long, List<ShardRef>>();
                var last = 0;
                for (var window = 0; window < 120; window++)
                {
                    foreach (var (shard, process) in processes)
                        fleet.Report(shard, process.Weigh(fleet.CostOf(shard)));
                    foreach (var planned in fleet.Settle(40))
                    foreach (var (id, change) in planned.Changes)
                        if (change.Reason == PlacementReason.Evicted)
                        {
                            last = window;
                            if (!evicted.TryGetValue(id, out var from))
                                evicted.Add(id, from = []);
                            from.Add(change.From!.Value);
                            fleet.On(change.From!.Value).ShouldNotBeEmpty("it emptied itself");
                            NobodyWasEvictedWithoutNeed(fleet, planned, change.From!.Value);
                        }
                    if (window % 2 == 1)
                        fleet.Minute();
                }
                last.ShouldBeLessThan(100, "sessions are still evicted");
                foreach (var (id, from) in evicted)
                    from.ShouldBeUnique($"session {id} was evicted from the same shard twice");
            },
            // A shard that had come to rest was filled above the admit mark again by a rebalance.
            always: 5065421
        );

    /// <summary>
    /// A shard that has evicted is not filled above the admit mark again, also not by others and not after the ten minutes: its
    /// process would run over again, and evict who came back below the mark.
    /// </summary>
    [Fact]
    public void A_process_that_has_evicted_takes_no_one_above_the_admit_mark_as_long_as_it_lives()
    {
        var fleet = Fleet.Of(shards: 1, memoryPerShard: Cap);
        var here = new ShardRef(0, 0);
        for (var i = 0; i < 10; i++)
            fleet.Add(i, 10 * Fleet.MiB, placed: here, lastActive: i);
        fleet.Report(here, Cap + 1);
        fleet.Report(here, Cap + 1);
        fleet.Plan().Changes.Keys.ShouldBe([0L]);
        fleet.Sessions.Remove(0);
        fleet.Add(10, Fleet.MiB);
        fleet.Plan().Changes.ShouldBeEmpty("nothing was measured since");
        fleet.Report(here, fleet.CostOf(here));
        for (var minute = 0; minute < 3 * PlacementRules.ReturnMinutes; minute++)
        {
            fleet.Plan().Changes.ShouldBeEmpty($"after {minute} minutes");
            fleet.Minute();
            fleet.Report(here, fleet.CostOf(here));
        }

        // Another process has room up to the cap.
        fleet.Report(here, fleet.CostOf(here), epoch: 2);

        fleet.Plan().Changes.Keys.ShouldBe([10L]);
    }

    /// <summary>
    /// The batch did not continue once the shard was counted below the mark: with the last who was evicted it would be above.
    /// </summary>
    private static void NobodyWasEvictedWithoutNeed(Fleet fleet, Planned planned, ShardRef from)
    {
        var last = planned.Changes.Last(c =>
            c.Value.Reason == PlacementReason.Evicted && c.Value.From == from
        );
        var left = planned
            .Changes.Where(c => c.Value.From == from && c.Value.Reason != PlacementReason.Evicted)
            .Sum(c => fleet.Sessions[c.Key].Memory);
        var before = fleet.CostOf(from) + left + fleet.Sessions[last.Key].Memory;
        (before * fleet.Shards[from].MemoryPermille / 1000).ShouldBeGreaterThanOrEqualTo(
            (Cap * PlacementRules.AdmitPercent / 100) - 16
        );
    }

    [Fact]
    public void One_window_evicts_no_one_two_evict_one_batch_of_the_least_important()
    {
        var fleet = Fleet.Of(shards: 2, memoryPerShard: Cap);
        // Otherwise what is above the cap moves where there is room.
        fleet.Pools[0] = fleet.Pools[0] with
        {
            Rebalances = false,
        };
        var here = new ShardRef(0, 0);
        for (var i = 0; i < 100; i++)
            fleet.Add(i, Fleet.MiB, priority: i < 50 ? 1 : 0, placed: here, lastActive: 100 - i);

        fleet.Report(here, Cap + 1);
        fleet.Plan().Changes.ShouldBeEmpty();
        fleet.Report(here, Cap + 1);
        var planned = fleet.Plan();

        planned.Changes.Keys.ShouldBe([99L, 98, 97, 96, 95]);
        planned.Changes.Values.ShouldAllBe(c =>
            c.Reason == PlacementReason.Evicted && c.To == new ShardRef(0, 1)
        );
        fleet.Plan().Changes.ShouldBeEmpty("a new measurement is waited for");
        fleet.Report(here, Cap + 1);
        fleet.Plan().Changes.ShouldBeEmpty("one window");
        fleet.Report(here, Cap + 1);
        fleet.Plan().Changes.Count.ShouldBe(4);
    }

    [Fact]
    public void The_same_report_counts_once()
    {
        var report = new Store.ShardReport(new("p", 0), 1, 1, 1, Cap + 1, Cap)
        {
            ReportedAt = DateTimeOffset.UnixEpoch,
        };
        var watch = MemoryWatch.Unknown.After(report, Cap);
        watch.After(report, Cap).ShouldBe(watch);
        watch
            .After(report with { ReportedAt = DateTimeOffset.UnixEpoch.AddSeconds(1) }, Cap)
            .WindowsAbove.ShouldBe(2);
    }

    [Fact]
    public void Reports_before_and_after_an_absence_and_those_of_two_processes_are_no_successive_windows()
    {
        var at = DateTimeOffset.UnixEpoch;
        var once = MemoryWatch.Unknown.After(Above(epoch: 1), Cap);
        once.Interrupted().After(Above(epoch: 1), Cap).WindowsAbove.ShouldBe(1);
        once.After(Above(epoch: 2), Cap).WindowsAbove.ShouldBe(1);
        once.After(Above(epoch: 1), Cap).WindowsAbove.ShouldBe(2);

        Store.ShardReport Above(long epoch) =>
            new(new("p", 0), epoch, 1, 1, Cap + 1, Cap) { ReportedAt = at = at.AddSeconds(1) };
    }

    [Fact]
    public void A_process_that_uses_little_tells_nothing_about_its_sessions()
    {
        var at = DateTimeOffset.UnixEpoch;
        var busy = MemoryWatch.Unknown.After(Report(80, 40), Cap);
        busy.Permille.ShouldBe(2000);
        busy.After(Report(40, 1), Cap).Permille.ShouldBe(2000);
        busy.After(Report(80, 1), Cap).Permille.ShouldBe(4000);

        Store.ShardReport Report(long memory, long cost) =>
            new(new("p", 0), 1, 1, 1, memory * Fleet.MiB, cost * Fleet.MiB)
            {
                ReportedAt = at = at.AddSeconds(1),
            };
    }

    [Fact]
    public void An_evicted_session_waits_below_the_admit_mark_and_ten_minutes_for_its_old_shard()
    {
        var fleet = Fleet.Of(shards: 1, memoryPerShard: Cap);
        var here = new ShardRef(0, 0);
        for (var i = 0; i < 10; i++)
            fleet.Add(i, 10 * Fleet.MiB, placed: here, lastActive: i);
        fleet.SetShard(0, ShardState.Serving, windowsAbove: 2);

        fleet.Plan().Unplaced[0].ShouldBe(PlacementReason.Evicted);
        // There would be room below the cap, and soon below the mark.
        fleet.Sessions.Remove(9);
        fleet.Plan().Changes.ShouldBeEmpty();
        for (var minute = 0; minute < PlacementRules.ReturnMinutes; minute++)
        {
            fleet.Plan().Changes.ShouldBeEmpty($"after {minute} minutes");
            fleet.Minute();
        }

        fleet.Plan().Changes.Keys.ShouldBe([0L]);
        fleet.On(here).Count().ShouldBe(9);
    }

    [Fact]
    public void A_session_above_every_shard_goes_first_and_others_stay() =>
        Seeds.Check(
            output,
            300,
            random =>
            {
                var shards = random.Next(1, 6);
                var fleet = Fleet.Of(shards, memoryPerShard: Cap);
                fleet.Add(random, shards * random.Next(5, 40));
                fleet.Settle();
                var giant = fleet.Sessions.Keys.ElementAt(random.Next(fleet.Sessions.Count));
                var at = fleet.Sessions[giant].Placed!.Value;
                fleet.Sessions[giant] = fleet.Sessions[giant] with
                {
                    Memory = Cap + 1,
                    Priority = 5,
                };
                // Moving it is tried first, and it fits nowhere.
                fleet
                    .Settle()
                    .ShouldAllBe(p => p.Changes.Count == 0 || !p.Changes.ContainsKey(giant));
                for (var window = 0; window < 60; window++)
                {
                    foreach (var shard in fleet.Shards.Keys)
                        fleet.Report(shard, fleet.CostOf(shard));
                    fleet.Settle();
                }

                if (fleet.On(at).Count() > 1)
                    fleet.Sessions[giant].Placed.ShouldBeNull();
                fleet.Sessions.Values.ShouldAllBe(s => s.Id == giant || s.Placed != null);
            }
        );

    [Fact]
    public void A_waiting_session_above_every_shard_blocks_no_one_and_grows_nothing() =>
        Seeds.Check(
            output,
            500,
            random =>
            {
                var fleet = Fleet.Of(random.Next(1, 6), memoryPerShard: Cap);
                var giants = Enumerable
                    .Range(0, random.Next(1, 5))
                    .Select(_ =>
                        fleet.Add(Fleet.NewId(random), Cap + 1 + random.NextInt64(Cap), priority: 9)
                    )
                    .ToHashSet();
                fleet.Add(random, fleet.Shards.Count * random.Next(1, 40));
                var input = fleet.Input();

                var planned = fleet.Plan();

                planned.Unplaced.Keys.ShouldBe(giants, ignoreOrder: true);
                planned.Unplaced.Values.ShouldAllBe(r => r == PlacementReason.TooLarge);
                var terms = new PoolTerms(
                    fleet.Shards.Count,
                    1,
                    100,
                    input.Pools[0].PerShard,
                    new(default, default, default),
                    0
                );
                var facts = PoolSizeFacts.Of(input, planned.Plan, 0, terms, isJoining: false);
                PoolSize.Grown(facts).ShouldBe(fleet.Shards.Count);
            }
        );

    private static long Size(Random random, int most) => random.NextInt64(1, most * Fleet.MiB);

    /// <summary>What a process weighs.</summary>
    /// <param name="Base">Without sessions.</param>
    /// <param name="Permille">Per thousand bytes that its sessions are counted with.</param>
    /// <param name="Least">It never weighs less.</param>
    private sealed record Process(long Base, int Permille, long Least)
    {
        public static Process Any(Random random) =>
            new(
                random.NextInt64(Cap / 3),
                random.Next(4) == 0 ? random.Next(3000, 9000) : random.Next(700, 2000),
                random.Next(5) == 0 ? Cap * 2 : 0
            );

        public long Weigh(long cost) => Math.Max(Least, Base + (cost * Permille / 1000));
    }
}
