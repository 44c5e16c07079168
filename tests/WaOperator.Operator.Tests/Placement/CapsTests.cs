using WaOperator.Operator.Placement;
using WaOperator.Operator.Shards;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Placement;

/// <summary>
/// Invariant: no decision admits above a cap of count or of memory given its inputs, whatever happened before; and no one is
/// refused a place that is free, nor moved without a reason that holds.
/// </summary>
public sealed class CapsTests(ITestOutputHelper output)
{
    [Fact]
    public void Through_any_history_no_decision_admits_above_a_cap() =>
        Seeds.Check(
            output,
            1500,
            random =>
            {
                var fleet = RandomFleet.Make(random);
                for (var step = 0; step < 12; step++)
                {
                    RandomFleet.Disturb(fleet, random);
                    var rounds = 0;
                    Planned planned;
                    do
                    {
                        var before = new Snapshot(fleet);
                        planned = fleet.Plan();
                        before.Check(fleet, planned);
                        (++rounds).ShouldBeLessThan(200, "planning does not come to rest");
                    } while (planned.Changes.Count > 0);
                    NobodyWaitsBesideAFreePlace(fleet, planned);
                }
            },
            always: 13451297
        );

    [Fact]
    public void What_is_above_a_cap_does_not_go_back_to_where_it_was_evicted_a_moment_ago()
    {
        var fleet = Fleet.Of(2, sessionsPerShard: 2);
        var (first, second) = (new ShardRef(0, 0), new ShardRef(0, 1));
        fleet.Add(1, priority: -1, placed: second);
        fleet.Add(2, placed: second);
        fleet.Sessions[1] = fleet.Sessions[1] with { Evicted = new(first, 3) };
        fleet.Pools[0] = fleet.Pools[0] with { PerShard = new(1, long.MaxValue) };

        fleet.Settle();

        fleet.ShardOf(1).ShouldBe(1);
        fleet.ShardOf(2).ShouldBe(0);
    }

    private static void NobodyWaitsBesideAFreePlace(Fleet fleet, Planned planned)
    {
        var relieved = fleet
            .Sessions.Values.Where(s => s.Evicted?.MinutesAgo < PlacementRules.ReturnMinutes)
            .Select(s => s.Evicted!.Value.From)
            .ToHashSet();
        foreach (var (id, _) in planned.Unplaced.Where(u => u.Value == PlacementReason.NoCapacity))
        {
            var session = fleet.Sessions[id];
            foreach (var load in planned.Plan.Shards.Where(s => s.Shard.Pool == session.Pool))
            {
                var shard = fleet.Shards[load.Shard];
                if (load.State != ShardState.Serving || shard.IsAbove || shard.WindowsAbove > 0)
                    continue;
                var limit = fleet.Pools[session.Pool].PerShard;
                var memory =
                    shard.HasEvicted || relieved.Contains(load.Shard)
                        ? limit.Memory * PlacementRules.AdmitPercent / 100
                        : limit.Memory;
                var fits =
                    load.Sessions < limit.Sessions
                    && load.Memory + (session.Memory * shard.MemoryPermille / 1000) < memory - 8;
                fits.ShouldBeFalse($"session {id} waits although shard {load.Shard} has room");
            }
        }
    }

    /// <summary>The fleet before a plan.</summary>
    private sealed class Snapshot
    {
        private readonly Dictionary<long, PlacementSession> _sessions;
        private readonly HashSet<ShardRef> _over;
        private readonly Dictionary<ShardRef, PlacementShard> _shards;
        private readonly List<PlacementPool> _pools;

        public Snapshot(Fleet fleet)
        {
            (_sessions, _shards, _pools) = (
                new(fleet.Sessions),
                new(fleet.Shards),
                [.. fleet.Pools]
            );
            _over =
            [
                .. fleet.Shards.Keys.Where(s =>
                    fleet.On(s).Count() > fleet.Pools[s.Pool].PerShard.Sessions
                    || Counted(fleet, s) > fleet.Pools[s.Pool].PerShard.Memory - 8
                ),
            ];
        }

        public void Check(Fleet fleet, Planned planned)
        {
            foreach (var (id, change) in planned.Changes)
                Check(id, change);
            foreach (var load in planned.Plan.Shards)
            {
                var there = fleet.On(load.Shard).ToList();
                load.Sessions.ShouldBe(there.Count);
                if (!planned.Changes.Values.Any(c => c.To == load.Shard))
                    continue;
                var limit = fleet.Pools[load.Shard.Pool].PerShard;
                there.Count.ShouldBeLessThanOrEqualTo(limit.Sessions);
                Counted(fleet, load.Shard).ShouldBeLessThanOrEqualTo(limit.Memory);
            }
            foreach (var session in fleet.Sessions.Values)
                (session.Placed is null).ShouldBe(planned.Unplaced.ContainsKey(session.Id));
            planned.Plan.Kept.ShouldBe(
                _sessions.Values.Count(s =>
                    s.Placed is { } at
                    && _shards.ContainsKey(at)
                    && !planned.Changes.ContainsKey(s.Id)
                )
            );
            foreach (var pool in _pools.Index())
                planned
                    .Changes.Values.Count(c =>
                        c.Reason is PlacementReason.Drained or PlacementReason.Rebalanced
                        && c.To!.Value.Pool == pool.Index
                    )
                    .ShouldBeLessThanOrEqualTo(pool.Item.Moves);
        }

        private void Check(long id, PlacementDecision change)
        {
            var session = _sessions[id];
            change.From.ShouldBe(session.Placed);
            change.To.ShouldNotBe(change.From);
            if (change.To is { } to)
            {
                _shards[to].State.ShouldBe(ShardState.Serving);
                _shards[to].WindowsAbove.ShouldBe(0, "a shard above its mark takes no session");
                _shards[to]
                    .IsAbove.ShouldBeFalse("it takes no session before it was measured again");
                to.Pool.ShouldBe(session.Pool);
                if (session.Evicted is { MinutesAgo: < PlacementRules.ReturnMinutes } evicted)
                    to.ShouldNotBe(evicted.From, "evicted from there less than ten minutes ago");
            }
            var from = change.From is { } at ? _shards.GetValueOrDefault(at) : default;
            var gone = change.From is { } f && !_shards.ContainsKey(f);
            var may = change.Reason switch
            {
                PlacementReason.Hashed or PlacementReason.Overflow => change.From is null
                    || gone
                    || from.State == ShardState.Lost,
                PlacementReason.Drained => from.State == ShardState.Draining
                    || change.From!.Value.Pool != session.Pool,
                PlacementReason.Evicted => from.WindowsAbove >= PlacementRules.EvictionWindows,
                PlacementReason.Rebalanced => _over.Contains(change.From!.Value)
                    || (
                        !session.Moved
                        && _pools[session.Pool] is { UnevenMinutes: > 0 } or { Rebalancing: true }
                    ),
                _ => change.To is null && gone,
            };
            may.ShouldBeTrue($"session {id} from {change.From} to {change.To}: {change.Reason}");
        }

        /// <summary>What the shard's sessions are counted with.</summary>
        private static long Counted(Fleet fleet, ShardRef shard) =>
            fleet.CostOf(shard) * fleet.Shards[shard].MemoryPermille / 1000;
    }
}
