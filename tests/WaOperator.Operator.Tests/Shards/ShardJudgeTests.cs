using WaOperator.Operator.Shards;
using WaOperator.Store.Operator;
using static WaOperator.Operator.Shards.LeaseAct;
using static WaOperator.Operator.Shards.ShardCause;
using static WaOperator.Operator.Shards.ShardState;

namespace WaOperator.Operator.Tests.Shards;

public sealed class ShardJudgeTests
{
    private readonly ShardScene _shard = new();

    [Fact]
    public void Without_a_lease_ever_held_it_is_joining()
    {
        _shard.Look().ShouldBe(new(Joining, NeverHeld, None));
        _shard.Lease = ShardScene.Held(epoch: 0) with { State = LeaseState.Released };
        _shard.After(100).ShouldBe(new(Joining, NeverHeld, None));
        _shard.Leaving = true;
        _shard.Look().ShouldBe(new(Draining, Leaving, None));
    }

    [Fact]
    public void Who_renews_serves()
    {
        _shard.Lease = ShardScene.Held();
        _shard.After(60, renewing: true).ShouldBe(new(Serving, LeaseHeld, None));
    }

    [Fact]
    public void Who_renews_serves_whatever_kubernetes_says()
    {
        _shard.Lease = ShardScene.Held();
        _shard.Pod = null;
        _shard.After(30, renewing: true).ShouldBe(new(Serving, LeaseHeld, None));
        _shard.HolderTerminated = true;
        _shard.OutOfService = true;
        _shard.After(30, renewing: true).ShouldBe(new(Serving, LeaseHeld, None));
        _shard.Expire();
        _shard.After(30, renewing: true).ShouldBe(new(Serving, LeaseHeld, None));
    }

    [Fact]
    public void A_released_lease_waits_for_the_pod_and_then_is_lost()
    {
        _shard.Lease = ShardScene.Held();
        _shard.After(5, renewing: true);
        _shard.Lease = _shard.Lease with { State = LeaseState.Released };
        _shard.After(29).ShouldBe(new(Restarting, LeaseReleased, None));
        _shard.After(2).ShouldBe(new(Lost, FailoverPassed, None));
        _shard.Lease = ShardScene.Held("pod-b", epoch: 2);
        _shard.Look().State.ShouldBe(Serving);
    }

    [Fact]
    public void The_wait_for_a_restarting_shard_begins_again_each_time()
    {
        for (var epoch = 1; epoch < 4; epoch++)
        {
            _shard.Lease = ShardScene.Held(epoch: epoch);
            _shard.After(3, renewing: true);
            _shard.Lease = _shard.Lease with { State = LeaseState.Released };
            _shard.After(20).State.ShouldBe(Restarting);
        }
    }

    [Fact]
    public void An_outage_of_the_database_counts_neither_as_standing_still_nor_as_waiting()
    {
        _shard.Lease = ShardScene.Held();
        _shard.After(4);
        _shard.Expire();
        _shard.AfterOutage(60).State.ShouldBe(Serving);
        _shard.After(9).State.ShouldBe(Restarting);
        _shard.Lease = _shard.Lease! with { State = LeaseState.Released };
        _shard.After(5);
        _shard.AfterOutage(60).State.ShouldBe(Restarting);
    }

    [Fact]
    public void A_lease_that_expired_by_both_clocks_is_lost_and_declared_so_once()
    {
        _shard.Lease = ShardScene.Held();
        _shard.After(9).ShouldBe(new(Serving, LeaseHeld, None));
        _shard.Expire();
        _shard.Look().ShouldBe(new(Restarting, LeaseDoubtful, None));
        _shard.After(1).ShouldBe(new(Lost, LeaseExpired, DeclareLost));
        _shard.Lease = _shard.Lease! with { LostDeclared = true };
        _shard.After(100).ShouldBe(new(Lost, LeaseExpired, None));
    }

    [Fact]
    public void A_step_of_the_databases_clock_alone_moves_nothing()
    {
        _shard.Lease = ShardScene.Held();
        _shard.After(6, renewing: true);
        _shard.Expire();
        _shard.Look().ShouldBe(new(Serving, LeaseHeld, None));
        _shard.After(2).State.ShouldBe(Serving);
    }

    [Fact]
    public void The_operators_clock_alone_moves_nothing()
    {
        _shard.Lease = ShardScene.Held();
        _shard.After(60).ShouldBe(new(Restarting, LeaseDoubtful, None));
    }

    [Fact]
    public void A_crashed_process_whose_pod_starts_another_is_waited_for()
    {
        _shard.Lease = ShardScene.Held();
        _shard.Pod = _shard.Pod! with { IsDown = true, IsReady = false };
        _shard.After(2).ShouldBe(new(Serving, LeaseHeld, None));
        _shard.After(1).ShouldBe(new(Restarting, ProcessGone, None));
        _shard.Expire();
        _shard.After(20).ShouldBe(new(Restarting, ProcessGone, DeclareLost));
        _shard.After(20).ShouldBe(new(Lost, LeaseExpired, DeclareLost));
    }

    [Fact]
    public void Kubelets_word_ends_the_lease_early_but_never_while_it_is_renewed()
    {
        _shard.Lease = ShardScene.Held();
        _shard.Pod = null;
        _shard.HolderTerminated = true;
        _shard.After(2).Act.ShouldBe(None);
        _shard.After(1).ShouldBe(new(Restarting, ProcessGone, End));
        _shard.Lease = _shard.Lease with { State = LeaseState.Ended };
        _shard.After(5).ShouldBe(new(Restarting, LeaseEnded, None));
        _shard.After(40).ShouldBe(new(Lost, FailoverPassed, None));
    }

    [Fact]
    public void The_administrators_word_ends_the_lease_early()
    {
        _shard.Lease = ShardScene.Held();
        _shard.OutOfService = true;
        _shard.After(3).ShouldBe(new(Restarting, ProcessGone, End));
    }

    [Fact]
    public void A_pod_that_vanished_proves_nothing()
    {
        _shard.Lease = ShardScene.Held();
        _shard.Pod = null;
        _shard.After(8).ShouldBe(new(Serving, LeaseHeld, None));
    }

    [Fact]
    public void A_revoked_lease_is_lost_at_once()
    {
        _shard.Lease = ShardScene.Held() with { State = LeaseState.Revoked };
        _shard.Look().ShouldBe(new(Lost, LeaseRevoked, None));
    }

    [Fact]
    public void An_old_pod_that_still_renews_is_asked_once_to_step_down()
    {
        _shard.Lease = ShardScene.Held();
        _shard.Pod = ShardScene.Running("pod-b");
        _shard.After(3, renewing: true).ShouldBe(new(Serving, HeldByOldPod, AskStepDown));
        _shard.Lease = _shard.Lease! with { StepDownFor = "pod-b" };
        _shard.After(3, renewing: true).ShouldBe(new(Serving, HeldByOldPod, None));
        _shard.Pod = _shard.Pod with { IsGoing = true };
        _shard.After(3, renewing: true).ShouldBe(new(Serving, LeaseHeld, None));
    }

    [Fact]
    public void A_leaving_shard_drains_and_no_one_waits_for_it_once_it_let_go()
    {
        _shard.Leaving = true;
        _shard.Lease = ShardScene.Held();
        _shard.After(5, renewing: true).ShouldBe(new(Draining, Leaving, None));
        _shard.Pod = _shard.Pod! with { IsDown = true };
        _shard.After(4).ShouldBe(new(Draining, ProcessGone, None));
        _shard.Expire();
        _shard.After(8).ShouldBe(new(Lost, LeaseExpired, DeclareLost));
        _shard.Lease = _shard.Lease! with { State = LeaseState.Released };
        _shard.Look().ShouldBe(new(Lost, LeaseReleased, None));
    }

    [Fact]
    public void Sessions_do_not_wait_for_a_pod_that_does_not_start()
    {
        _shard.Lease = ShardScene.Held() with { State = LeaseState.Released };
        _shard.Pod = ShardScene.Running("pod-b") with { IsReady = false };
        _shard.Look().ShouldBe(new(Restarting, LeaseReleased, None));
        _shard.Pod = _shard.Pod with { IsBroken = true };
        _shard.Look().ShouldBe(new(Lost, PodBroken, None));
    }
}
