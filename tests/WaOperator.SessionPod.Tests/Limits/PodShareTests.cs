using WaOperator.SessionPod.Limits;
using WaOperator.Signals;
using WaOperator.Store.Pod;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Limits;

public sealed class PodShareTests
{
    [Theory]
    [InlineData(100, 4)]
    [InlineData(101, 4)]
    [InlineData(3, 4)]
    [InlineData(7, 0)]
    public void The_shares_are_the_limit_and_what_is_added_after_a_loss_is_one_share(
        int limit,
        int pods
    )
    {
        var serving = Enumerable.Range(0, Math.Max(pods, 1)).Select(r => new Serving(pods, r));

        serving.Sum(s => PodShare.Of(limit, s)).ShouldBe(limit);
        serving
            .Sum(s => PodShare.Room(Trust.ShareOfShare, limit, s, 0, 0))
            .ShouldBeLessThanOrEqualTo(PodShare.Of(limit, new(pods, 0)));
        serving.ShouldAllBe(s => PodShare.Room(Trust.Share, limit, s, limit, 0) == 0);
    }

    [Fact]
    public void After_a_loss_the_minute_is_waited_for_before_the_share_and_then_before_Redis()
    {
        var time = new FakeTime();
        var start = time.GetTimestamp();
        Trust Now(bool connected, long? lost, long? back) =>
            PodShare.TrustIn(new WindowsHealth(connected, lost, back), time);

        Now(true, null, null).ShouldBe(Trust.Whole);
        Now(false, start, null).ShouldBe(Trust.ShareOfShare);
        Now(true, start, start).ShouldBe(Trust.ShareOfShare);
        time.Advance(TimeSpan.FromSeconds(61));
        Now(false, start, null).ShouldBe(Trust.Share);
        Now(true, start, time.GetTimestamp()).ShouldBe(Trust.Share);
        Now(true, start, start).ShouldBe(Trust.Whole);
    }
}
