using Orders;

namespace WaOperator.Samples.Tests.Orders;

/// <summary>Which steps an order can take, and what its customer is told.</summary>
public sealed class OrderMachineTests
{
    [Fact]
    public void An_order_goes_the_whole_way_and_skips_nothing()
    {
        OrderMachine.Ordered(null).ShouldBe(new(OrderState.Draft, Say.Summary));
        OrderMachine.Agreed(OrderState.Draft).ShouldBe(new(OrderState.Confirmed, Say.Confirmed));
        OrderMachine
            .Asked(OrderState.Confirmed, OrderState.Preparing)
            .ShouldBe(new(OrderState.Preparing, Say.Preparing));
        OrderMachine
            .Asked(OrderState.Preparing, OrderState.Delivered)
            .ShouldBe(new(OrderState.Delivered, Say.Question));
    }

    [Fact]
    public void The_shop_takes_two_steps_and_no_other()
    {
        var states = Enum.GetValues<OrderState>();
        states
            .SelectMany(from => states.Select(to => (from, to)))
            .Where(step => OrderMachine.Asked(step.from, step.to) is not null)
            .ShouldBe([
                (OrderState.Confirmed, OrderState.Preparing),
                (OrderState.Preparing, OrderState.Delivered),
            ]);
    }

    [Fact]
    public void A_draft_alone_is_corrected_and_confirmed()
    {
        foreach (var state in Enum.GetValues<OrderState>().Except([OrderState.Draft]))
        {
            OrderMachine.Ordered(state).ShouldBeNull();
            OrderMachine.Agreed(state).ShouldBeNull();
        }
        OrderMachine.Ordered(OrderState.Draft).ShouldBe(new(OrderState.Draft, Say.Summary));
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    [InlineData(5, true)]
    public void Four_and_up_is_thanked_and_less_is_apologised_for(int rating, bool isHappy) =>
        OrderMachine
            .Rated(OrderState.Delivered, rating)
            .ShouldBe(new(OrderState.Rated, isHappy ? Say.Thanks : Say.Apology));

    [Fact]
    public void What_was_delivered_alone_is_rated_and_only_once()
    {
        foreach (var state in Enum.GetValues<OrderState>().Except([OrderState.Delivered]))
            OrderMachine.Rated(state, 5).ShouldBeNull();
        OrderMachine.Rated(OrderState.Delivered, 0).ShouldBeNull();
        OrderMachine.Rated(OrderState.Delivered, 6).ShouldBeNull();
    }
}
