using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Sessions;
using WaOperator.Store;

namespace WaOperator.SessionPod.Tests.Sessions;

public sealed class SessionNewsTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch;

    [Theory]
    [InlineData("Connected/Connected", SessionPhase.Connected, "Connected", false)]
    [InlineData("Connected/Connected", SessionPhase.Connected, "ReachOutTimelock", true)]
    [InlineData("Connected/Connected", SessionPhase.Reconnecting, "Released", false)]
    [InlineData("Connected/Connected", SessionPhase.Connecting, "Claimed", false)]
    [InlineData("Connected/Connected", SessionPhase.Reconnecting, "ConnectionLost", true)]
    [InlineData("Reconnecting/ConnectionLost", SessionPhase.Reconnecting, "StreamEnd", true)]
    [InlineData("Reconnecting/ConnectionLost", SessionPhase.Connected, "Connected", true)]
    [InlineData("", SessionPhase.Connected, "Connected", true)]
    public void A_state_is_told_unless_it_was_told_last_or_says_who_owns_the_session(
        string told,
        SessionPhase phase,
        string reason,
        bool news
    )
    {
        var before = State(SessionPhase.Connecting, "Claimed") with { Told = told };
        var next = before with { Phase = phase, Reason = reason };

        SessionNews
            .Of(before, next, code: null, Now)
            .OfType<StatusChanged>()
            .Count()
            .ShouldBe(news ? 1 : 0);
        SessionNews.Marked(before, next).Told.ShouldBe(news ? $"{phase}/{reason}" : told);
        // Once it is told, it is no news to the next owner.
        SessionNews.Of(SessionNews.Marked(before, next), next, code: null, Now).ShouldBeEmpty();
    }

    [Fact]
    public void Pairing_is_told_step_by_step_without_its_codes()
    {
        var idle = State(SessionPhase.Starting, "Claimed");
        var shown = State(SessionPhase.Pairing, "CodeShown") with { Told = "Pairing/CodeShown" };
        var code = new PairingCode(1, 1, "QR", "2@secret", 2, 6, Now.AddSeconds(20));

        Steps(idle, shown, code)
            .ShouldBe([
                new()
                {
                    Step = PairingStep.Code,
                    Method = "QR",
                    Number = 2,
                    Of = 6,
                    Expires = code.ExpiresAt,
                    At = Now,
                },
            ]);
        foreach (
            var (kind, step) in (ReadOnlySpan<(string, PairingStep)>)
                [("Passkey", PairingStep.Passkey), ("PasskeyCode", PairingStep.Compare)]
        )
            Steps(shown, shown with { Reason = kind }, code with { Kind = kind })
                .Single()
                .ShouldBe(
                    new()
                    {
                        Step = step,
                        Expires = code.ExpiresAt,
                        At = Now,
                    }
                );
        Steps(shown, shown with { Paired = true }, null)
            .Single()
            .Step.ShouldBe(PairingStep.Complete);
        foreach (
            var end in (SessionPhase[])[SessionPhase.PairingExpired, SessionPhase.PhoneMismatch]
        )
            Steps(shown, shown with { Phase = end, Reason = $"{end}" }, null)
                .Single()
                .ShouldBe(
                    new()
                    {
                        Step = PairingStep.Error,
                        Reason = $"{end}",
                        Message = "",
                        At = Now,
                    }
                );
        Steps(shown, shown with { Phase = SessionPhase.Stopped }, null).ShouldBeEmpty();
    }

    private static IEnumerable<PairingStepped> Steps(
        SessionState before,
        SessionState next,
        PairingCode? code
    ) => SessionNews.Of(before, next, code, Now).OfType<PairingStepped>();

    private static SessionState State(SessionPhase phase, string reason) =>
        new()
        {
            SessionId = 1,
            Epoch = 1,
            Phase = phase,
            Reason = reason,
        };
}
