using WaOperator.SessionPod.Api.Pairing;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Tests.Api.Pairing;

public sealed class PairingProgressTests
{
    private static readonly DateTimeOffset Now = new(2026, 12, 1, 9, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(SessionPhase.Starting, false, "Waiting")]
    [InlineData(SessionPhase.Pairing, false, "Waiting")]
    [InlineData(SessionPhase.Connecting, true, "Linking")]
    [InlineData(SessionPhase.Connected, true, "Linked")]
    [InlineData(SessionPhase.Reconnecting, true, "Linked")]
    [InlineData(SessionPhase.Replaced, true, "Linked")]
    [InlineData(SessionPhase.Stopped, true, "Linked")]
    [InlineData(SessionPhase.Stopped, false, "Stopped")]
    [InlineData(SessionPhase.Unlinked, false, "Stopped")]
    [InlineData(SessionPhase.PairingExpired, false, "Expired")]
    [InlineData(SessionPhase.PhoneMismatch, false, "WrongPhone")]
    [InlineData(SessionPhase.LoggedOut, false, "LoggedOut")]
    [InlineData(SessionPhase.Banned, false, "Banned")]
    [InlineData(SessionPhase.Banned, true, "Banned")]
    public void Says_how_far_it_is_without_a_code(SessionPhase phase, bool paired, string expected)
    {
        var answer = PairingProgress.Of(Wanted(), State(phase, paired), null, Now);
        answer.State.ShouldBe(expected);
        answer.Qr.ShouldBeNull();
        answer.Code.ShouldBeNull();
        answer.Phone.ShouldBe(expected == "Linked" ? "491700000001" : null);
    }

    [Fact]
    public void Every_phase_is_told()
    {
        foreach (var phase in Enum.GetValues<SessionPhase>())
        foreach (var paired in (bool[])[false, true])
            PairingProgress
                .Of(Wanted(), State(phase, paired), null, Now)
                .State.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public void A_code_is_shown_until_it_expires()
    {
        var code = new PairingCode(1, 1, "QR", "2@abc", 2, 6, Now.AddSeconds(20));
        var shown = PairingProgress.Of(Wanted(), State(SessionPhase.Pairing), code, Now);
        shown.ShouldBe(
            new PairingAnswer("Ready", "", "")
            {
                Qr = "2@abc",
                Number = 2,
                Of = 6,
                ExpiresAt = Now.AddSeconds(20),
            }
        );
        PairingProgress.EventOf(shown, first: true).ShouldBe("qr");

        var late = PairingProgress.Of(
            Wanted(),
            State(SessionPhase.Pairing),
            code,
            Now.AddSeconds(20)
        );
        late.State.ShouldBe("Waiting");
        late.Qr.ShouldBeNull();

        var typed = code with { Kind = "Code", Code = "ABCD1234" };
        var letters = PairingProgress.Of(Wanted(), State(SessionPhase.Pairing), typed, Now);
        letters.Code.ShouldBe("ABCD1234");
        letters.Qr.ShouldBeNull();
        PairingProgress.EventOf(letters, first: false).ShouldBe("code");
    }

    [Fact]
    public void A_passkey_is_asked_for_and_its_code_compared()
    {
        var asked = new PairingCode(1, 1, "Passkey", """{"a":1}""", 1, 1, Now.AddMinutes(9));
        var answer = PairingProgress.Of(Wanted(), State(SessionPhase.Pairing), asked, Now);
        answer.State.ShouldBe("PasskeyRequired");
        answer.Passkey!.Value.GetProperty("a").GetInt32().ShouldBe(1);
        answer.ExpiresAt.ShouldBe(asked.ExpiresAt);
        (answer.Qr, answer.Code, answer.Number).ShouldBe((null, null, null));
        PairingProgress.EventOf(answer, first: false).ShouldBe("passkey");

        var shown = asked with { Kind = "PasskeyCode", Code = "ABCD1234" };
        var compared = PairingProgress.Of(Wanted(), State(SessionPhase.Pairing), shown, Now);
        (compared.State, compared.Code).ShouldBe(("Comparing", "ABCD1234"));
        PairingProgress.EventOf(compared, first: false).ShouldBe("compare");
    }

    [Theory]
    [InlineData(SessionPhase.PairingExpired)]
    [InlineData(SessionPhase.PhoneMismatch)]
    [InlineData(SessionPhase.LoggedOut)]
    public void A_round_that_was_asked_for_is_waited_for(SessionPhase phase)
    {
        PairingProgress
            .Of(Wanted() with { PairRequest = "2" }, State(phase), null, Now)
            .State.ShouldBe("Waiting");
        // One that ended while it was followed ends the stream; one that had ended before does not.
        var over = PairingProgress.Of(Wanted(), State(phase), null, Now);
        PairingProgress.EventOf(over, first: false).ShouldBe("error");
        PairingProgress.EventOf(over, first: true).ShouldBe("status");
    }

    [Fact]
    public void A_session_that_is_to_stop_shows_no_code()
    {
        var code = new PairingCode(1, 1, "QR", "2@abc", 2, 6, Now.AddSeconds(20));
        PairingProgress
            .Of(
                Wanted() with
                {
                    Desired = DesiredState.Stopped,
                },
                State(SessionPhase.Pairing),
                code,
                Now
            )
            .State.ShouldBe("Stopped");
    }

    [Theory]
    [InlineData(null, "Json")]
    [InlineData("", "Json")]
    [InlineData("*/*", "Json")]
    [InlineData("application/json", "Json")]
    [InlineData("text/event-stream", "Stream")]
    [InlineData("TEXT/Event-Stream; charset=utf-8", "Stream")]
    [InlineData("image/png", "Png")]
    [InlineData("image/png;q=0.5, text/event-stream", "Stream")]
    [InlineData("image/png;q=0, */*;q=0.1", "Json")]
    [InlineData("text/html, image/*;q=0.8, */*;q=0.1", "Png")]
    [InlineData("text/html", "None")]
    [InlineData("\0,;;=", "Json")]
    public void The_form_follows_the_header(string? accept, string expected) =>
        PairingForms.Choose(accept).ToString().ShouldBe(expected);

    private static Assignment Wanted() =>
        new()
        {
            Id = 1,
            TenantId = 1,
            Namespace = "acme",
            Name = "s",
            Tenant = "acme",
            Phone = "491700000001",
            Desired = DesiredState.Active,
            PairingMethod = "QR",
            DeviceName = "WaOperator",
        };

    private static SessionState State(SessionPhase phase, bool paired = false) =>
        new()
        {
            SessionId = 1,
            Epoch = 1,
            Phase = phase,
            Paired = paired,
            Phone = paired ? "491700000001" : null,
        };
}
