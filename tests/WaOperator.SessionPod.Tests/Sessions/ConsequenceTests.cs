using WaOperator.Domain;
using WaOperator.SessionPod.Sessions;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Reconnecting;

namespace WaOperator.SessionPod.Tests.Sessions;

public sealed class ConsequenceTests
{
    private static readonly SessionState Linked = new()
    {
        SessionId = 1,
        Epoch = 1,
        Phase = SessionPhase.Connected,
        Paired = true,
        Phone = "4917000001",
        Jid = "4917000001:1@s.whatsapp.net",
    };

    [Fact]
    public void A_restart_that_the_server_asks_for_is_at_once_and_reports_nothing()
    {
        var next = OfEnd(DisconnectKind.RestartRequired);

        next.Pace.Wait.ShouldBe(TimeSpan.Zero);
        next.Report.ShouldBeNull();
        next.WipeKeys.ShouldBeFalse();
    }

    [Fact]
    public void A_logout_wipes_the_keys_with_the_report_that_says_so()
    {
        var next = OfEnd(DisconnectKind.LoggedOut);

        next.WipeKeys.ShouldBeTrue();
        var state = next.Report.ShouldNotBeNull()(Linked);
        state.Phase.ShouldBe(SessionPhase.LoggedOut);
        state.Paired.ShouldBeFalse();
    }

    [Fact]
    public void A_lost_connection_is_dialled_again_sooner_when_it_was_stable()
    {
        var failing = default(RedialPace);
        for (var i = 0; i < 4; i++)
            failing = failing.Failed(TimeSpan.Zero, 0.5);

        var never = OfEnd(DisconnectKind.ConnectionLost, failing);
        var stable = OfEnd(DisconnectKind.ConnectionLost, failing, Backoff.Stable);

        stable.Pace.Wait.ShouldBe(Backoff.First * 0.5);
        never.Pace.Wait.ShouldBeGreaterThan(stable.Pace.Wait);
        stable.Report.ShouldNotBeNull()(Linked).Phase.ShouldBe(SessionPhase.Reconnecting);
    }

    [Fact]
    public void Leaving_for_another_desired_state_or_for_the_end_is_no_news()
    {
        OfLeaving().Report.ShouldBeNull();
        OfLeaving(failure: "away", closing: true).Report.ShouldBeNull();
        OfLeaving(silenced: true, closing: true).Report.ShouldBeNull();
    }

    [Fact]
    public void After_a_silence_the_session_dials_at_once_and_says_why()
    {
        var next = OfLeaving(silenced: true);

        next.Pace.Wait.ShouldBe(TimeSpan.Zero);
        var state = next.Report.ShouldNotBeNull()(Linked);
        state.Phase.ShouldBe(SessionPhase.Reconnecting);
        state.Reason.ShouldBe((string)Reasons.Silent);
    }

    [Fact]
    public void A_device_that_could_not_be_unlinked_is_tried_again_later()
    {
        var next = OfLeaving(failure: "away");

        next.Pace.Wait.ShouldBeGreaterThan(TimeSpan.Zero);
        var state = next.Report.ShouldNotBeNull()(Linked);
        state.Reason.ShouldBe((string)Reasons.NotUnlinked);
        state.Message.ShouldBe("away");
    }

    [Fact]
    public void A_failure_of_the_database_is_not_reported_and_any_other_waits_longest()
    {
        var away = Consequence.OfFailure(new TimeoutException(), default, 0.5);
        var unreadable = Consequence.OfFailure(new InvalidDataException("bad"), default, 0.5);

        away.Report.ShouldBeNull();
        away.Pace.Wait.ShouldBe(Backoff.First * 0.5);
        unreadable.Pace.Wait.ShouldBe(Backoff.Most);
        unreadable.Report.ShouldNotBeNull()(Linked).Reason.ShouldBe((string)Reasons.KeysUnreadable);
    }

    private static Consequence OfEnd(
        DisconnectKind kind,
        RedialPace pace = default,
        TimeSpan? held = null
    ) =>
        Consequence.OfEnd(
            new(new(kind, null, ""), held, null),
            pace,
            Linked,
            SessionPlanTests.Wanted(),
            0.5
        );

    private static Consequence OfLeaving(
        string? failure = null,
        bool silenced = false,
        bool closing = false
    ) =>
        Consequence.OfLeaving(
            new(new(DisconnectKind.LocalClose, null, ""), TimeSpan.Zero, failure),
            default,
            silenced,
            closing,
            0.5
        );
}
