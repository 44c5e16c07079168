using WaOperator.SessionPod.Sessions;
using WaOperator.Store;

namespace WaOperator.SessionPod.Tests.Sessions;

public sealed class SessionControlTests
{
    private readonly SessionControl _control = new(SessionPlanTests.Wanted());

    [Fact]
    public void A_connection_is_interrupted_by_another_desired_state_only()
    {
        var ct = _control.Rearm()!.Value;
        _control.Connecting();
        _control.Update(
            _control.Wanted with
            {
                DeviceName = "other",
                PairRequest = "again",
            },
            unlinked: false
        );
        ct.IsCancellationRequested.ShouldBeFalse();
        _control.TakeHurry().ShouldBeFalse();

        _control.Update(_control.Wanted with { Desired = DesiredState.Stopped }, unlinked: false);

        ct.IsCancellationRequested.ShouldBeTrue();
        _control.TakeHurry().ShouldBeTrue();
        _control.TakeHurry().ShouldBeFalse("it is asked for once");
    }

    [Fact]
    public void Another_proxy_interrupts_and_an_address_that_was_sealed_once_more_does_not()
    {
        var ct = _control.Rearm()!.Value;
        _control.Update(_control.Wanted with { ProxyVersion = "1" }, unlinked: false);
        ct.IsCancellationRequested.ShouldBeFalse("it waits as long as it had to");
        _control.Connecting();
        _control.Update(_control.Wanted with { ProxyVersion = "2" }, unlinked: false);
        ct.IsCancellationRequested.ShouldBeFalse();

        _control.Update(
            _control.Wanted with
            {
                ProxyVersion = "3",
            },
            unlinked: false,
            rerouted: true
        );

        ct.IsCancellationRequested.ShouldBeTrue();
        _control.TakeHurry().ShouldBeTrue();
    }

    [Fact]
    public void Another_way_to_link_a_phone_interrupts_a_connection_that_has_none_only()
    {
        var ct = _control.Rearm()!.Value;
        _control.Connecting();
        _control.Update(_control.Wanted with { PairingMethod = "Code" }, unlinked: false);
        ct.IsCancellationRequested.ShouldBeFalse();

        _control.Update(_control.Wanted with { PairingMethod = "QR" }, unlinked: true);

        ct.IsCancellationRequested.ShouldBeTrue();
        _control.TakeHurry().ShouldBeTrue();
    }

    [Fact]
    public void What_waits_looks_again_after_any_change_and_a_pair_request_ends_the_wait()
    {
        var ct = _control.Rearm()!.Value;
        _control.Update(_control.Wanted with { DeviceName = "other" }, unlinked: false);
        ct.IsCancellationRequested.ShouldBeTrue();
        _control.TakeHurry().ShouldBeFalse();
        ct = _control.Rearm()!.Value;
        ct.IsCancellationRequested.ShouldBeFalse();

        _control.Update(_control.Wanted with { PairRequest = "again" }, unlinked: false);

        ct.IsCancellationRequested.ShouldBeTrue();
        _control.TakeHurry().ShouldBeTrue();
    }

    [Fact]
    public void A_new_connection_is_asked_for_while_there_is_one_only()
    {
        var ct = _control.Rearm()!.Value;
        _control.Reconnect();
        ct.IsCancellationRequested.ShouldBeFalse();
        _control.TakeSilenced().ShouldBeFalse();
        _control.Connecting();

        _control.Reconnect();

        ct.IsCancellationRequested.ShouldBeTrue();
        _control.TakeSilenced().ShouldBeTrue();
        _control.TakeSilenced().ShouldBeFalse();
    }

    [Fact]
    public void After_the_end_was_asked_for_there_is_no_next_step()
    {
        var ct = _control.Rearm()!.Value;
        _control.BeginClose();
        ct.IsCancellationRequested.ShouldBeTrue();
        _control.Closing.ShouldBeTrue();
        _control.Rearm().ShouldBeNull();
    }
}
