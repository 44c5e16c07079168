using Npgsql;
using WaOperator.Operator.Placement;
using WaOperator.Operator.Pools;
using WaOperator.Operator.Sessions;
using WaOperator.Operator.Shards;
using WaOperator.Store.Operator;
using WaOperator.Testing;

namespace WaOperator.Operator.Tests.Placement;

/// <summary>How time enters placement.</summary>
public sealed class PlacementHistoryTests
{
    private const string Pool = "pool-uid";

    [Fact]
    public void An_uneven_pool_is_rebalanced_after_a_minute_at_the_pace_of_its_budget()
    {
        var leader = new Leader(movesPerMinute: 60);
        for (var i = 0; i < 40; i++)
            leader.Place(i, ordinal: 0);
        leader.Serve(0, 1);

        leader.Step().Changes.ShouldBeEmpty();
        leader.Time.Advance(TimeSpan.FromSeconds(59));
        leader.Step().Changes.ShouldBeEmpty();
        leader.Time.Advance(TimeSpan.FromSeconds(1));
        var moved = leader.Step().Changes.Count;

        moved.ShouldBe(5, "the moves of five seconds at once");
        for (var second = 0; second < 10; second++)
        {
            leader.Time.Advance(TimeSpan.FromSeconds(1));
            moved += leader.Step().Changes.Count;
        }
        moved.ShouldBe(15);
        leader.Time.Advance(TimeSpan.FromMinutes(1));
        for (var second = 0; second < 60; second++)
        {
            leader.Step();
            leader.Time.Advance(TimeSpan.FromSeconds(1));
        }
        leader.Count(0).ShouldBeInRange(18, 22);
    }

    [Fact]
    public void After_an_absence_of_the_database_a_rebalance_waits_for_a_lease_s_life()
    {
        var leader = new Leader(movesPerMinute: 60, leaseTtl: TimeSpan.FromSeconds(10));
        for (var i = 0; i < 40; i++)
            leader.Place(i, ordinal: 0);
        leader.Serve(0, 1);
        leader.Step();
        leader.Time.Advance(TimeSpan.FromMinutes(1));
        leader.Step().Changes.ShouldNotBeEmpty("it is under way");

        leader.Time.Advance(TimeSpan.FromSeconds(20));
        leader.Interrupted();
        leader.Step().Changes.ShouldBeEmpty("the database is just back");
        leader.Time.Advance(TimeSpan.FromSeconds(9));
        leader.Step().Changes.ShouldBeEmpty();
        leader.Time.Advance(TimeSpan.FromSeconds(1));
        leader.Step().Changes.ShouldNotBeEmpty();
    }

    [Fact]
    public void A_new_leader_moves_no_one_who_runs_for_a_lease_s_life()
    {
        var leader = new Leader(movesPerMinute: 60, leaseTtl: TimeSpan.FromSeconds(10));
        for (var i = 0; i < 4; i++)
            leader.Place(i, ordinal: 0);
        leader.Serve(0, 1);
        leader.Drain(0);

        leader.Step().Changes.ShouldBeEmpty();
        leader.Time.Advance(TimeSpan.FromSeconds(10));
        leader.Step().Changes.Count.ShouldBe(4);
    }

    [Fact]
    public void An_unevenness_that_passes_moves_nobody()
    {
        var leader = new Leader(movesPerMinute: 60);
        for (var i = 0; i < 40; i++)
            leader.Place(i, ordinal: i % 2);
        leader.Serve(0, 1);
        for (var times = 0; times < 5; times++)
        {
            leader.Serve(0, 1, 2);
            leader.Step().Changes.ShouldBeEmpty();
            leader.Time.Advance(TimeSpan.FromSeconds(50));
            leader.Serve(0, 1);
            leader.Step().Changes.ShouldBeEmpty();
            leader.Time.Advance(TimeSpan.FromSeconds(50));
        }
    }

    [Fact]
    public void Where_moves_are_forbidden_an_uneven_pool_stays_so()
    {
        var leader = new Leader(movesPerMinute: 0);
        for (var i = 0; i < 40; i++)
            leader.Place(i, ordinal: 0);
        leader.Serve(0, 1);
        for (var minute = 0; minute < 10; minute++)
        {
            leader.Step().Changes.ShouldBeEmpty();
            leader.Time.Advance(TimeSpan.FromMinutes(1));
        }
    }

    /// <summary>What the placement loop does, without a database.</summary>
    private sealed class Leader
    {
        private readonly Dictionary<long, SessionFacts> _facts = [];
        private readonly ShardBook _shards = new();
        private readonly PlacementHistory _history;
        private readonly PoolTerms _terms;

        public Leader(int movesPerMinute, TimeSpan leaseTtl = default)
        {
            _history = new(Time);
            _terms = new(
                2,
                2,
                2,
                new(1000, long.MaxValue),
                new(leaseTtl, default, default),
                movesPerMinute
            );
        }

        public FakeTime Time { get; } = new();

        public void Place(long id, int ordinal) =>
            _facts[id] = new SessionFacts($"uid-{id}", new("ns", $"s{id}"))
            {
                Stored = new(id, Make.Row()),
                Shard = new(Pool, ordinal),
            };

        public int Count(int ordinal) =>
            _facts.Values.Count(f => f.Shard!.Value.Ordinal == ordinal);

        public void Serve(params int[] ordinals)
        {
            _shards.Keep(Pool, ordinals.ToHashSet());
            foreach (var ordinal in ordinals)
                Put(ordinal, ShardState.Serving, ShardCause.LeaseHeld);
        }

        public void Drain(int ordinal) => Put(ordinal, ShardState.Draining, ShardCause.DrainAsked);

        public void Interrupted() => _history.Interrupted();

        private void Put(int ordinal, ShardState state, ShardCause cause) =>
            _shards.Put(new(new(Pool, ordinal), new(state, cause, LeaseAct.None), 1, 0, "", true));

        public PlacementPlan Step()
        {
            using var nowhere = NpgsqlDataSource.Create("Host=localhost");
            var scene = new PlacementScene(
                _facts.Values,
                new Dictionary<string, PoolTerms> { [Pool] = _terms },
                _history,
                _shards,
                new MemoryBook(new ObservedStore(nowhere), new PoolBook()),
                _ => null,
                _ => Capacity.Unlimited
            );
            var plan = PlacementEngine.Plan(scene.Input);
            foreach (var change in plan.Changes)
            {
                var facts = scene.Facts[change.Session];
                _facts[facts.Stored!.Id] = facts with { Shard = scene.ShardOf(change.To) };
            }
            _history.Planned(scene, plan);
            return plan;
        }
    }
}
