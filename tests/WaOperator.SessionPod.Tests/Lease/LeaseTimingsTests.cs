using WaOperator.SessionPod.Lease;
using WaOperator.Store;

namespace WaOperator.SessionPod.Tests.Lease;

public sealed class LeaseTimingsTests
{
    [Fact]
    public void The_defaults_hold()
    {
        var times = LeaseTimings.From(new PoolSettings());
        times.Ttl.ShouldBe(TimeSpan.FromSeconds(10));
        times.RenewEvery.ShouldBe(TimeSpan.FromSeconds(2));
        times.ActDeadline.ShouldBe(TimeSpan.FromSeconds(7));
        times.SilentLimit.ShouldBe(TimeSpan.FromSeconds(120));
    }

    [Theory]
    [InlineData(10_000, 2_000, 10_000)] // acting up to the very end of the lease
    [InlineData(10_000, 2_000, 12_000)]
    [InlineData(10_000, 7_000, 7_000)] // no renewal before the deadline
    [InlineData(10_000, 0, 7_000)]
    [InlineData(200, 50, 100)]
    [InlineData(700_000, 2_000, 7_000)]
    public void Times_that_would_let_two_act_or_no_one_are_refused(int ttl, int renew, int deadline)
    {
        var settings = new PoolSettings
        {
            LeaseTtlMs = ttl,
            LeaseRenewMs = renew,
            ActDeadlineMs = deadline,
        };
        Should
            .Throw<ArgumentException>(() => LeaseTimings.From(settings))
            .Message.ShouldContain("ms");
    }
}
