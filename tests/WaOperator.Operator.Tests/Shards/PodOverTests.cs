using WaOperator.Operator.Shards;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Tests.Shards;

public sealed class PodOverTests
{
    private static bool Over(PodFacts pod, ShardLease? lease = null, bool outOfService = false) =>
        ShardJudge.IsPodOver(
            new(lease is null ? null : new(lease, default, default), pod, false, false, false)
            {
                PodNodeOutOfService = outOfService,
            }
        );

    private static readonly PodFacts Going = ShardScene.Running("pod-a") with
    {
        IsGoing = true,
        IsBeingDeleted = true,
    };
    private static readonly ShardLease Released = ShardScene.Held("pod-a") with
    {
        State = LeaseState.Released,
    };

    [Fact]
    public void A_pod_that_gave_its_lease_back_is_over_once_it_is_being_deleted()
    {
        Over(Going, Released).ShouldBeTrue();
        Over(ShardScene.Running("pod-a"), Released).ShouldBeFalse();
    }

    [Fact]
    public void A_pod_that_may_still_act_is_not_over()
    {
        Over(Going, ShardScene.Held("pod-a")).ShouldBeFalse();
        Over(Going).ShouldBeFalse();
        Over(Going, Released with { PodUid = "pod-b" }).ShouldBeFalse("another pod's word");
        Over(Going, Released with { State = LeaseState.Revoked })
            .ShouldBeFalse("taken from it, so it may not know yet");
    }

    [Fact]
    public void Kubelets_word_and_the_administrators_count_without_a_lease()
    {
        Over(Going with { IsTerminated = true }).ShouldBeTrue();
        Over(Going, ShardScene.Held("pod-a"), outOfService: true).ShouldBeTrue();
    }
}
