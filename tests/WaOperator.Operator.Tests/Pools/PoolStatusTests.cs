using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Pools;
using WaOperator.Operator.Sessions;
using WaOperator.Operator.Shards;
using WaOperator.Resources;
using WaOperator.Signals;

namespace WaOperator.Operator.Tests.Pools;

public sealed class PoolStatusTests
{
    private static ShardEntry Shard(
        int ordinal,
        ShardState state = ShardState.Serving,
        ShardCause cause = ShardCause.LeaseHeld
    ) =>
        new(
            new("pool-uid", ordinal),
            new(state, cause, LeaseAct.None),
            1,
            0,
            PoolNames.Pod("default", ordinal),
            state == ShardState.Serving
        );

    private static PoolFacts Facts(params ShardEntry[] shards)
    {
        var pool = Make.Pool();
        return new(
            PoolTerms.Of(pool.Spec, pool.Spec.Shards.Min) with
            {
                Shards = 2,
            },
            shards,
            new Dictionary<int, int> { [0] = 3 },
            [],
            1,
            4,
            null,
            null
        );
    }

    private static string Show(PoolFacts facts, bool deleting = false)
    {
        var status = PoolStatusBuilder.Build(Make.Pool(deleting: deleting), facts, Make.Now);
        return string.Join(' ', status.Conditions!.Select(c => $"{c.Type}={c.Status}/{c.Reason}"));
    }

    [Fact]
    public void A_pool_whose_shards_all_serve_is_ready()
    {
        var status = PoolStatusBuilder.Build(Make.Pool(), Facts(Shard(0), Shard(1)), Make.Now);
        status.Shards.ShouldBe(
            new ShardCounts
            {
                Desired = 2,
                Ready = 2,
                Serving = 2,
            }
        );
        (status.Sessions, status.Unplaced).ShouldBe((3, 1));
        status
            .ShardStates![0]
            .ShouldBe(
                new ShardStatus
                {
                    Ordinal = 0,
                    Pod = "wa-default-0",
                    State = "Serving",
                    Sessions = 3,
                    Reason = "LeaseHeld",
                }
            );
        Show(Facts(Shard(0), Shard(1))).ShouldBe("Ready=True/AsDeclared");
    }

    [Fact]
    public void A_shard_that_does_not_serve_is_worked_on() =>
        Show(Facts(Shard(0), Shard(1, ShardState.Restarting)))
            .ShouldBe("Ready=False/ShardNotServing Reconciling=True/ShardNotServing");

    [Fact]
    public void An_old_pod_that_holds_on_is_told() =>
        Show(Facts(Shard(0), Shard(1, cause: ShardCause.HeldByOldPod)))
            .ShouldBe("Ready=False/ShardHeldByOldPod Reconciling=True/ShardHeldByOldPod");

    [Fact]
    public void Trouble_and_a_stopped_rollout_need_a_person()
    {
        var facts = Facts(Shard(0), Shard(1));
        Show(facts with { Trouble = new(Reasons.InvalidSpec, "wrong") })
            .ShouldBe("Ready=False/InvalidSpec Stalled=True/InvalidSpec");
        Show(facts with { Rollout = new(RolloutState.Stopped, "bad image", null) })
            .ShouldBe("Ready=False/RolloutStopped Stalled=True/RolloutStopped");
        Show(facts with { Rollout = new(RolloutState.Progressing, "replaces", null) })
            .ShouldBe("Ready=False/RollingOut Reconciling=True/RollingOut");
    }

    [Fact]
    public void Above_a_cap_is_told_while_it_is_so() =>
        Show(Facts(Shard(0), Shard(1)) with { OverCapacity = [0] })
            .ShouldBe("Ready=True/AsDeclared OverCapacity=True/OverCapacity");

    [Fact]
    public void Without_Redis_a_pool_that_names_one_is_ready_and_says_so()
    {
        var facts = Facts(Shard(0), Shard(1)) with { Redis = RedisFault.LogIn };
        Show(facts).ShouldBe("Ready=True/AsDeclared");
        var named = Make.Pool();
        named = named with
        {
            Spec = named.Spec with
            {
                RedisSecretRef = new() { Name = "redis", Key = "url" },
            },
        };
        var condition = PoolStatusBuilder
            .Build(named, facts, Make.Now)
            .Conditions!.Find(ConditionTypes.RedisUnavailable)!;
        condition.Reason.ShouldBe(Reasons.RedisUnavailable.Code);
        condition.Message.ShouldBe(
            "the operator and Redis: it refuses the log-in (wrong user or password, or none). "
                + "Sessions keep working and nothing is lost; changes are found by polls, up to 5 seconds later"
        );
    }

    [Fact]
    public void A_drain_that_was_asked_for_is_worked_on_and_then_as_declared()
    {
        var facts = Facts(Shard(0, ShardState.Draining, ShardCause.DrainAsked), Shard(1)) with
        {
            Drained = new HashSet<int> { 0, 7 },
        };
        Show(facts).ShouldBe("Ready=False/Draining Reconciling=True/Draining");
        Show(facts with { Placed = new Dictionary<int, int> { [1] = 3 } })
            .ShouldBe("Ready=True/Drained");
        Show(facts with { Shards = [facts.Shards[0], Shard(1, ShardState.Lost)] })
            .ShouldBe("Ready=False/ShardNotServing Reconciling=True/ShardNotServing");
    }

    [Fact]
    public void A_pool_waits_with_its_deletion_for_its_sessions() =>
        Show(Facts(Shard(0), Shard(1)), deleting: true)
            .ShouldBe("Ready=False/SessionsRemain Reconciling=True/SessionsRemain");
}
