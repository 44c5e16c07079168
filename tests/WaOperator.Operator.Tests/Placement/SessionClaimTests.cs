using WaOperator.Operator.Placement;
using WaOperator.Operator.Pools;
using WaOperator.Resources;

namespace WaOperator.Operator.Tests.Placement;

public sealed class SessionClaimTests
{
    private static readonly SessionClaim Most = new(1 << 20, 5);

    [Theory]
    [InlineData("64Ki", 0, 65536, 0)]
    [InlineData("1Mi", 5, 1 << 20, 5)]
    [InlineData("1048577", 6, 1 << 20, 5)]
    [InlineData("999Ti", 1000, 1 << 20, 5)]
    [InlineData("64Ki", -1000, 65536, -1000)]
    [InlineData("lots", 0, 0, 0)]
    public void A_claim_counts_up_to_what_the_pool_allows(
        string estimate,
        int priority,
        long memory,
        int counts
    ) => SessionClaim.Of(Spec(estimate, priority)).UpTo(Most).ShouldBe(new(memory, counts));

    [Theory]
    [InlineData("1Mi", 5, null)]
    [InlineData("1.5Mi", 5, "memoryEstimate 1.5Mi counts as 1Mi:")]
    [InlineData("1Mi", 6, "priority 6 counts as 5:")]
    [InlineData("2Mi", 7, "memoryEstimate 2Mi counts as 1Mi and priority 7 counts as 5:")]
    public void What_does_not_count_is_said(string estimate, int priority, string? said)
    {
        var excess = SessionClaim.Excess(Spec(estimate, priority), Most);
        if (said is null)
            excess.ShouldBeNull();
        else
            excess!.ShouldStartWith(said);
    }

    [Fact]
    public void A_pool_that_says_nothing_bounds_both_and_one_that_is_unknown_neither()
    {
        var spec = Spec("17Mi", 1);
        SessionClaim.Excess(spec, PoolTerms.Of(new(), 1).PerSession).ShouldNotBeNull();
        SessionClaim.Excess(new(), PoolTerms.Of(new(), 1).PerSession).ShouldBeNull();
        SessionClaim.Excess(spec, PoolTerms.Frozen(null, 1).PerSession).ShouldBeNull();
    }

    private static SessionSpec Spec(string estimate, int priority) =>
        new() { MemoryEstimate = new(estimate), Priority = priority };
}
