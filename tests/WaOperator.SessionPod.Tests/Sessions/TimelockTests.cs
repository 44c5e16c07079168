using WaOperator.SessionPod.Sessions;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Sessions;

public sealed class TimelockTests
{
    [Fact]
    public void A_lock_is_news_once_and_is_over_when_nothing_was_refused_for_long_enough()
    {
        var time = new FakeTime();
        var over = 0;
        var timelock = new Timelock(time, () => over++);
        timelock.IsOn.ShouldBeFalse();

        timelock.Refused().ShouldBeTrue();
        time.Advance(Timelock.Hold / 2);
        timelock.Refused().ShouldBeFalse("it is no news");
        time.Advance(Timelock.Hold * 0.75);
        (timelock.IsOn, over).ShouldBe((true, 0), "the last refusal counts");
        time.Advance(Timelock.Hold / 4);

        (timelock.IsOn, over).ShouldBe((false, 1));
        time.ArmedTimers.ShouldBe(0);
        timelock.Refused().ShouldBeTrue("it may begin once more");
    }

    [Fact]
    public void A_session_that_ends_is_not_called_any_more()
    {
        var time = new FakeTime();
        var over = 0;
        var timelock = new Timelock(time, () => over++);
        timelock.Refused();
        timelock.Forget();
        time.Advance(Timelock.Hold * 2);
        (over, time.ArmedTimers).ShouldBe((0, 0));
    }
}
