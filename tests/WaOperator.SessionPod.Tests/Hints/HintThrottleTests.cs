using WaOperator.SessionPod.Hints;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Hints;

public sealed class HintThrottleTests
{
    [Fact]
    public void The_first_goes_at_once_and_a_storm_is_one_more()
    {
        var time = new FakeTime();
        var sent = 0;
        using var throttle = new HintThrottle(() => sent++, TimeSpan.FromMilliseconds(100), time);
        throttle.Hint();
        sent.ShouldBe(1);
        for (var i = 0; i < 1000; i++)
            throttle.Hint();
        sent.ShouldBe(1);
        time.Advance(TimeSpan.FromMilliseconds(100));
        sent.ShouldBe(2);
        time.Advance(TimeSpan.FromSeconds(1));
        sent.ShouldBe(2);
        throttle.Hint();
        sent.ShouldBe(3);
    }
}
