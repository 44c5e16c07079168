using WaOperator.SessionPod.Sessions;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Reconnecting;

namespace WaOperator.SessionPod.Tests.Sessions;

public sealed class SessionPlanTests
{
    internal static Assignment Wanted(
        DesiredState desired = DesiredState.Active,
        string request = "",
        bool skipUnlink = false
    ) =>
        new()
        {
            Id = 1,
            TenantId = 1,
            Namespace = "ns",
            Name = "s",
            Tenant = "acme",
            Phone = "4917000001",
            Desired = desired,
            SkipUnlink = skipUnlink,
            PairingMethod = "QR",
            DeviceName = "WaOperator",
            PairRequest = request,
        };

    private static SessionState State(SessionPhase phase, string request = "") =>
        new()
        {
            SessionId = 1,
            Epoch = 1,
            Phase = phase,
            PairRequest = request,
        };

    [Fact]
    public void A_new_session_pairs_and_a_paired_one_connects()
    {
        SessionPlan
            .Next(Wanted(), State(SessionPhase.Starting), false)
            .Step.ShouldBe(SessionStep.Pair);
        SessionPlan
            .Next(Wanted(), State(SessionPhase.Starting), true)
            .Step.ShouldBe(SessionStep.Connect);
    }

    [Theory]
    [InlineData(SessionPhase.LoggedOut)]
    [InlineData(SessionPhase.PairingExpired)]
    [InlineData(SessionPhase.PhoneMismatch)]
    public void Waits_for_another_request_after_an_end_that_needs_a_person(SessionPhase phase)
    {
        SessionPlan
            .Next(Wanted(request: "1"), State(phase, "1"), false)
            .ShouldBe(new(SessionStep.Rest, phase));
        SessionPlan
            .Next(Wanted(request: "2"), State(phase, "1"), false)
            .Step.ShouldBe(SessionStep.Pair);
    }

    [Fact]
    public void Archived_keys_are_restored_once_and_only_without_a_linked_device()
    {
        var asked = Wanted(request: "1") with { RestoreRequest = "r" };
        var loggedOut = State(SessionPhase.LoggedOut, "1");

        SessionPlan.Next(asked, loggedOut, false).Step.ShouldBe(SessionStep.Restore);
        SessionPlan.Next(asked, loggedOut, true).Step.ShouldBe(SessionStep.Connect);
        SessionPlan
            .Next(asked, loggedOut with { RestoreRequest = "r" }, false)
            .Step.ShouldBe(SessionStep.Rest);
        SessionPlan
            .Next(asked with { Desired = DesiredState.Stopped }, loggedOut, false)
            .Step.ShouldBe(SessionStep.Rest);
    }

    [Fact]
    public void A_restore_that_was_asked_for_before_the_keys_were_wiped_is_not_due()
    {
        var asked = Wanted() with { RestoreRequest = "early" };
        var end = new Disconnect(DisconnectKind.LoggedOut, 401, "gone");
        var connected = State(SessionPhase.Connected) with { Paired = true };

        var wiped = SessionReports.Ended(
            connected,
            end,
            Aftermath.Of(end.Kind, connected.Phase, paired: true),
            asked
        );

        SessionPlan.IsRestoreDue(asked, connected).ShouldBeTrue();
        SessionPlan.IsRestoreDue(asked, wiped).ShouldBeFalse();
        SessionPlan.Next(asked, wiped, false).Step.ShouldBe(SessionStep.Rest);
    }

    [Fact]
    public void Stopped_rests_whatever_it_was()
    {
        foreach (var phase in Enum.GetValues<SessionPhase>())
            SessionPlan
                .Next(Wanted(DesiredState.Stopped), State(phase), true)
                .ShouldBe(new(SessionStep.Rest, SessionPhase.Stopped));
    }

    [Fact]
    public void A_deletion_unlinks_a_linked_device_only()
    {
        var state = State(SessionPhase.Connected);
        SessionPlan
            .Next(Wanted(DesiredState.Deleting), state, true)
            .Step.ShouldBe(SessionStep.Unlink);
        SessionPlan
            .Next(Wanted(DesiredState.Deleting), state, false)
            .ShouldBe(new(SessionStep.Rest, SessionPhase.Unlinked));
        SessionPlan
            .Next(Wanted(DesiredState.Deleting, skipUnlink: true), state, true)
            .ShouldBe(new(SessionStep.Rest, SessionPhase.Unlinked));
    }

    [Theory]
    [InlineData(null, null, false)]
    [InlineData(null, 5, false)]
    [InlineData(5, null, true)]
    [InlineData(5, 4, true)]
    [InlineData(5, 5, false)]
    [InlineData(5, 6, false)]
    public void A_logout_takes_off_what_was_linked_before(int? asked, int? served, bool due)
    {
        var wanted = Wanted() with { LogoutAt = At(asked) };
        var state = State(SessionPhase.Connected) with { LogoutServed = At(served) };

        SessionPlan
            .Next(wanted, state, paired: true)
            .Step.ShouldBe(due ? SessionStep.Unlink : SessionStep.Connect);
        SessionPlan.Next(wanted, state, paired: false).Step.ShouldBe(SessionStep.Pair);
        SessionPlan
            .Next(wanted with { Desired = DesiredState.Stopped }, state, paired: true)
            .Step.ShouldBe(SessionStep.Rest);

        static DateTimeOffset? At(int? second) =>
            second is { } s ? DateTimeOffset.UnixEpoch.AddSeconds(s) : null;
    }

    [Fact]
    public void Only_an_unlinked_device_loses_its_keys()
    {
        foreach (var end in Enum.GetValues<DisconnectKind>())
            Aftermath
                .Of(end, SessionPhase.Connected, paired: true)
                .WipeKeys.ShouldBe(end == DisconnectKind.LoggedOut, end.ToString());
    }

    [Fact]
    public void Only_the_servers_request_to_restart_dials_at_once()
    {
        foreach (var end in Enum.GetValues<DisconnectKind>())
            (
                Aftermath.Of(end, SessionPhase.Connected, paired: true).Redial == Redial.AtOnce
            ).ShouldBe(end == DisconnectKind.RestartRequired, end.ToString());
    }

    [Fact]
    public void A_replacement_backs_off_by_its_own_rule() =>
        Aftermath
            .Of(DisconnectKind.Replaced, SessionPhase.Connected, paired: true)
            .ShouldBe(new(SessionPhase.Replaced, Redial.Replaced));

    [Theory]
    [InlineData(SessionPhase.Connected, true, SessionPhase.Reconnecting)]
    [InlineData(SessionPhase.Connecting, true, SessionPhase.Connecting)]
    [InlineData(SessionPhase.Pairing, false, SessionPhase.Starting)]
    public void A_lost_connection_is_told_as_what_it_was(
        SessionPhase was,
        bool paired,
        SessionPhase becomes
    ) => Aftermath.Of(DisconnectKind.ConnectionLost, was, paired).Phase.ShouldBe(becomes);
}
