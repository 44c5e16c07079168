using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Shards;

namespace WaOperator.Operator.Tests.Shards;

public sealed class PodFactsTests
{
    private static readonly ContainerState Running = new() { Running = new() };
    private static readonly ContainerState Crashed = new()
    {
        Terminated = new() { Reason = "Error" },
    };
    private static readonly ContainerState Unknown = new()
    {
        Terminated = new() { Reason = "ContainerStatusUnknown" },
    };
    private static readonly ContainerState BackOff = new()
    {
        Waiting = new() { Reason = "CrashLoopBackOff" },
    };
    private static readonly ContainerState Creating = new()
    {
        Waiting = new() { Reason = "ContainerCreating" },
    };

    private static PodFacts Of(
        ContainerState? state,
        ContainerState? last = null,
        bool deleting = false,
        string phase = "Running",
        int containers = 1
    ) =>
        PodFacts.Of(
            new Pod
            {
                Metadata = new()
                {
                    Uid = "u",
                    Name = "wa-0",
                    DeletionTimestamp = deleting ? DateTimeOffset.UnixEpoch : null,
                },
                Spec = new()
                {
                    NodeName = "n",
                    Containers = [.. Enumerable.Range(0, containers).Select(_ => new Container())],
                },
                Status = new()
                {
                    Phase = phase,
                    ContainerStatuses = state is null
                        ? null
                        : [new() { State = state, LastState = last }],
                },
            }
        );

    [Fact]
    public void A_running_container_is_not_down() =>
        Of(Running, last: Crashed, deleting: true)
            .ShouldBe(new("u", "wa-0", false, true, false, false, "n") { IsBeingDeleted = true });

    [Fact]
    public void A_crash_is_no_word_for_ever_since_kubelet_starts_the_container_again()
    {
        Of(Crashed).ShouldBe(new("u", "wa-0", false, false, true, false, "n"));
        Of(BackOff, last: Crashed).IsDown.ShouldBeTrue();
        Of(BackOff, last: Crashed, deleting: true).IsTerminated.ShouldBeFalse();
    }

    [Fact]
    public void Terminated_and_going_for_good_is_kubelets_word()
    {
        Of(Crashed, deleting: true).IsTerminated.ShouldBeTrue();
        Of(Crashed, phase: "Failed").IsTerminated.ShouldBeTrue();
    }

    [Fact]
    public void What_kubelet_did_not_know_is_nobodys_word()
    {
        Of(Unknown, deleting: true).IsTerminated.ShouldBeFalse();
        Of(Unknown).IsDown.ShouldBeFalse();
        Of(null, deleting: true).IsTerminated.ShouldBeFalse();
        Of(null, phase: "Failed").IsTerminated.ShouldBeFalse();
        Of(Creating).IsDown.ShouldBeFalse();
        Of(Crashed, deleting: true, containers: 2).IsTerminated.ShouldBeFalse();
    }
}
