using WaOperator.Operator.Placement;
using WaOperator.Testing;

namespace WaOperator.Operator.Tests.Placement;

public sealed class MoveBudgetTests
{
    [Fact]
    public void Moves_are_spread_over_the_minute()
    {
        var clock = new FakeTime();
        var budget = MoveBudget.Full(600, clock);
        var moved = 0;
        for (var second = 0; second < 60; second++)
        {
            var now = (int)budget.Left;
            moved += now;
            budget = budget.Spend(now);
            clock.Advance(TimeSpan.FromSeconds(1));
            budget = budget.Refill(600, clock);
        }
        moved.ShouldBeInRange(600, 660);
        budget.Spend((int)budget.Left).Left.ShouldBeLessThan(1);
    }

    [Fact]
    public void A_long_rest_gives_no_more_than_a_burst()
    {
        var clock = new FakeTime();
        var budget = MoveBudget.Full(600, clock).Spend(50);
        clock.Advance(TimeSpan.FromSeconds(3600));
        budget.Refill(600, clock).Left.ShouldBe(50);
    }

    [Fact]
    public void A_drain_ends_even_where_rebalancing_is_forbidden() =>
        MoveBudget.Full(0, new FakeTime()).Left.ShouldBeGreaterThanOrEqualTo(1);
}
