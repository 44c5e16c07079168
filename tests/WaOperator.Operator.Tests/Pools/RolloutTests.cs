using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Pools;
using WaOperator.Operator.Shards;

namespace WaOperator.Operator.Tests.Pools;

public sealed class RolloutTests
{
    private static RolloutPod Pod(
        int ordinal,
        bool updated = false,
        bool ready = true,
        bool going = false,
        string? broken = null,
        ShardState state = ShardState.Serving,
        bool settled = true
    ) => new(ordinal, $"uid-{ordinal}", updated, ready, going, broken, state, settled);

    private static (RolloutState, int?) Decide(params RolloutPod[] pods)
    {
        var step = Rollout.Decide(pods, 3, maySuspectPods: true);
        return (step.State, step.Replace?.Ordinal);
    }

    [Fact]
    public void When_all_are_updated_it_is_done() =>
        Decide(Pod(0, true), Pod(1, true), Pod(2, true)).ShouldBe((RolloutState.Done, null));

    [Fact]
    public void The_highest_ordinal_goes_first_and_then_one_after_the_other()
    {
        Decide(Pod(0), Pod(1), Pod(2)).ShouldBe((RolloutState.Progressing, 2));
        Decide(Pod(0), Pod(1), Pod(2, true)).ShouldBe((RolloutState.Progressing, 1));
        Decide(Pod(0), Pod(1, true), Pod(2, true)).ShouldBe((RolloutState.Progressing, 0));
    }

    [Fact]
    public void It_waits_for_the_pod_and_for_its_sessions()
    {
        Decide(Pod(0), Pod(1), Pod(2, going: true)).ShouldBe((RolloutState.Progressing, null));
        Decide(Pod(0), Pod(1)).ShouldBe((RolloutState.Progressing, null));
        Decide(Pod(0), Pod(1), Pod(2, true, ready: false, state: ShardState.Joining))
            .ShouldBe((RolloutState.Progressing, null));
        Decide(Pod(0), Pod(1), Pod(2, true, settled: false))
            .ShouldBe((RolloutState.Progressing, null));
    }

    [Fact]
    public void A_healthy_pod_stays_while_another_is_down() =>
        Decide(Pod(0, ready: false), Pod(1), Pod(2)).ShouldBe((RolloutState.Progressing, null));

    [Fact]
    public void The_first_bad_image_stops_it()
    {
        var bad = Pod(2, true, ready: false, broken: "no image", state: ShardState.Restarting);
        Decide(Pod(0), Pod(1), bad).ShouldBe((RolloutState.Stopped, null));
        Rollout.Decide([Pod(0), Pod(1), bad], 3, true).Message.ShouldContain("no image");
    }

    [Fact]
    public void A_template_that_was_put_back_replaces_the_bad_pod_alone()
    {
        var bad = Pod(2, ready: false, broken: "no image", state: ShardState.Restarting);
        Decide(Pod(0, true), Pod(1, true), bad).ShouldBe((RolloutState.Progressing, 2));
        Decide(Pod(0, true), Pod(1, true), Pod(2, true)).ShouldBe((RolloutState.Done, null));
    }

    [Fact]
    public void A_pod_that_serves_no_one_is_replaced_first() =>
        Decide(Pod(0, ready: false, state: ShardState.Lost), Pod(1), Pod(2))
            .ShouldBe((RolloutState.Progressing, 0));

    [Fact]
    public void While_the_database_is_away_no_pod_is_touched()
    {
        var down = new[]
        {
            Pod(0, ready: false, state: ShardState.Restarting),
            Pod(1, ready: false, state: ShardState.Restarting),
            Pod(2, ready: false, state: ShardState.Restarting),
        };
        Rollout.Decide(down, 3, maySuspectPods: false).Replace.ShouldBeNull();
    }

    [Theory]
    [InlineData("ImagePullBackOff", 0, true)]
    [InlineData("ErrImagePull", 0, true)]
    [InlineData("CreateContainerConfigError", 0, true)]
    [InlineData("ContainerCreating", 0, false)]
    [InlineData("CrashLoopBackOff", 2, false)]
    [InlineData("CrashLoopBackOff", 3, true)]
    public void Kubelet_tells_which_pod_does_not_start(string reason, int restarts, bool broken) =>
        (
            Rollout.WhyBroken(
                new Pod
                {
                    Status = new()
                    {
                        ContainerStatuses =
                        [
                            new()
                            {
                                Image = "x:1",
                                RestartCount = restarts,
                                Ready = false,
                                State = new() { Waiting = new() { Reason = reason } },
                            },
                        ],
                    },
                }
            )
            is not null
        ).ShouldBe(broken);

    [Fact]
    public void The_words_do_not_change_from_attempt_to_attempt() =>
        Why(
                new()
                {
                    Waiting = new() { Reason = "ErrImagePull", Message = "no such host" },
                }
            )
            .ShouldBe(
                Why(
                    new()
                    {
                        Waiting = new() { Reason = "ImagePullBackOff", Message = "Back-off 20s" },
                    }
                )
            );

    private static string? Why(ContainerState state) =>
        Rollout.WhyBroken(
            new Pod
            {
                Status = new() { ContainerStatuses = [new() { Image = "x:1", State = state }] },
            }
        );
}
