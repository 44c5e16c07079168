using WaOperator.Domain;
using WaOperator.SessionPod.Broadcasts;
using WaOperator.Store;

namespace WaOperator.SessionPod.Tests.Broadcasts;

public sealed class FeedStepTests
{
    private static readonly StopOn Default = new(10, Timelocked: true);

    private static readonly FeedView Ready = new()
    {
        Now = DateTimeOffset.UnixEpoch.AddDays(1),
        Due = DateTimeOffset.UnixEpoch.AddDays(1),
        Session = new()
        {
            SessionId = 1,
            Epoch = 1,
            Phase = SessionPhase.Connected,
            Paired = true,
        },
        HasNext = true,
        InFlight = 0,
        Settled = 0,
        Failed = 0,
    };

    [Fact]
    public void The_next_is_written_to_when_it_is_due_and_nothing_else_waits()
    {
        Next(Ready).ShouldBeOfType<FeedStep.Feed>();
        Next(Ready with { InFlight = FeedStep.Ahead - 1 }).ShouldBeOfType<FeedStep.Feed>();
        Wait(Ready with { Due = Ready.Now.AddSeconds(7) }).ShouldBe(TimeSpan.FromSeconds(7));
        Wait(Ready with { Due = Ready.Now.AddHours(9) }).ShouldBe(TimeSpan.FromMinutes(1));
        Wait(Ready with { OthersWait = true }).ShouldBe(TimeSpan.FromSeconds(1));
        Wait(Ready with { InFlight = FeedStep.Ahead }).ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void It_is_finished_when_the_last_message_is_settled()
    {
        Next(Ready with { HasNext = false }).ShouldBeOfType<FeedStep.Finish>();
        Wait(Ready with { HasNext = false, InFlight = 1 }).ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Theory]
    [InlineData(SessionPhase.Reconnecting)]
    [InlineData(SessionPhase.Connecting)]
    [InlineData(SessionPhase.Replaced)]
    [InlineData(SessionPhase.Stopped)]
    [InlineData(SessionPhase.Starting)]
    public void A_session_that_is_not_connected_is_waited_for(object phase) =>
        Wait(In(s => s with { Phase = (SessionPhase)phase })).ShouldBe(TimeSpan.FromSeconds(5));

    [Fact]
    public void An_account_that_cannot_write_stops_it()
    {
        Stop(In(s => s with { Phase = SessionPhase.Banned })).ShouldBe("Banned");
        Stop(In(s => s with { Phase = SessionPhase.LoggedOut, Paired = false }))
            .ShouldBe("LoggedOut");
        var locked = In(s => s with { Reason = Reasons.ReachOutTimelock });
        Stop(locked).ShouldBe("Timelocked");
        FeedStep.Next(locked, Default with { Timelocked = false }).ShouldBeOfType<FeedStep.Feed>();
        // Also where nothing is due, and nothing is left.
        Stop(locked with { Due = Ready.Now.AddDays(1) }).ShouldBe("Timelocked");
    }

    [Theory]
    [InlineData(19, 19, 10, false)]
    [InlineData(20, 1, 10, false)]
    [InlineData(20, 2, 10, true)]
    [InlineData(1000, 99, 10, false)]
    [InlineData(1000, 100, 10, true)]
    [InlineData(20, 0, 1, false)]
    [InlineData(20, 19, 100, false)]
    [InlineData(20, 20, 100, true)]
    public void Too_many_refusals_stop_it(long settled, long failed, int percent, bool stops) =>
        (
            FeedStep.Next(Ready with { Settled = settled, Failed = failed }, new(percent, true))
            is FeedStep.Stop { Reason: "TooManyFailed" }
        ).ShouldBe(stops);

    private static FeedView In(Func<SessionState, SessionState> change) =>
        Ready with
        {
            Session = change(Ready.Session),
        };

    private static FeedStep Next(FeedView view) => FeedStep.Next(view, Default);

    private static TimeSpan Wait(FeedView view) => Next(view).ShouldBeOfType<FeedStep.Wait>().Time;

    private static string Stop(FeedView view) => Next(view).ShouldBeOfType<FeedStep.Stop>().Reason;
}
