using WaOperator.SessionPod.Sessions;
using WaOperator.Store.Desired;
using WaOperator.Store.Sessions;

namespace WaOperator.SessionPod.Tests.Sessions;

public sealed class SessionControlTests
{
    private readonly SessionControl control = new(SessionPlanTests.Wanted());

    [Fact]
    public void A_connection_is_interrupted_by_another_desired_state_only()
    {
        var ct = control.Rearm()!.Value;
        control.Connecting();
        control.Update(control.Wanted with { DeviceName = "other", PairRequest = "again" });
        ct.IsCancellationRequested.ShouldBeFalse();
        control.TakeHurry().ShouldBeFalse();

        control.Update(control.Wanted with { Desired = DesiredState.Stopped });

        ct.IsCancellationRequested.ShouldBeTrue();
        control.TakeHurry().ShouldBeTrue();
        control.TakeHurry().ShouldBeFalse("it is asked for once");
    }

    [Fact]
    public void What_waits_looks_again_after_any_change_and_a_pair_request_ends_the_wait()
    {
        var ct = control.Rearm()!.Value;
        control.Update(control.Wanted with { DeviceName = "other" });
        ct.IsCancellationRequested.ShouldBeTrue();
        control.TakeHurry().ShouldBeFalse();
        ct = control.Rearm()!.Value;
        ct.IsCancellationRequested.ShouldBeFalse();

        control.Update(control.Wanted with { PairRequest = "again" });

        ct.IsCancellationRequested.ShouldBeTrue();
        control.TakeHurry().ShouldBeTrue();
    }

    [Fact]
    public void A_new_connection_is_asked_for_while_there_is_one_only()
    {
        var ct = control.Rearm()!.Value;
        control.Reconnect();
        ct.IsCancellationRequested.ShouldBeFalse();
        control.TakeSilenced().ShouldBeFalse();
        control.Connecting();

        control.Reconnect();

        ct.IsCancellationRequested.ShouldBeTrue();
        control.TakeSilenced().ShouldBeTrue();
        control.TakeSilenced().ShouldBeFalse();
    }

    [Fact]
    public void After_the_end_was_asked_for_there_is_no_next_step()
    {
        var ct = control.Rearm()!.Value;
        control.BeginClose();
        ct.IsCancellationRequested.ShouldBeTrue();
        control.Closing.ShouldBeTrue();
        control.Rearm().ShouldBeNull();
    }
}
