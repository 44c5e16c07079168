using WaOperator.Api;
using WaOperator.Testing;

namespace WaOperator.Gateway.Tests.Forwarding;

/// <summary>Look-ups of what may be made up.</summary>
public sealed class LookUpBudgetTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public async Task What_comes_behind_others_waits_for_them_and_gets_what_good_ones_give_back()
    {
        var budget = new LookUpBudget(_time, new(2, 1, 10, 10));
        (await budget.TakeAsync(1, default)).ShouldBeTrue();
        (await budget.TakeAsync(1, default)).ShouldBeTrue();

        var third = budget.TakeAsync(1, default).AsTask();
        third.IsCompleted.ShouldBeFalse();
        budget.Settle(1, good: false);
        budget.Settle(1, good: true);

        (await third.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBeTrue();
    }

    [Fact]
    public async Task It_is_refused_once_none_that_may_be_good_is_under_way_and_let_in_after_a_while()
    {
        var budget = new LookUpBudget(_time, new(2, 1, 10, 10));
        (await budget.TakeAsync(1, default)).ShouldBeTrue();
        (await budget.TakeAsync(1, default)).ShouldBeTrue();
        var third = budget.TakeAsync(1, default).AsTask();

        budget.Settle(1, good: false);
        budget.Settle(1, good: false);

        (await third.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBeFalse();
        (await budget.TakeAsync(2, default)).ShouldBeTrue("another address has its own");
        _time.Advance(TimeSpan.FromSeconds(1));
        (await budget.TakeAsync(1, default)).ShouldBeTrue();
    }

    [Fact]
    public async Task One_that_waits_ends_with_its_request()
    {
        var budget = new LookUpBudget(_time, new(1, 1, 10, 10));
        (await budget.TakeAsync(1, default)).ShouldBeTrue();
        using var gone = new CancellationTokenSource();
        var waiting = budget.TakeAsync(1, gone.Token).AsTask();

        await gone.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(waiting);
    }
}
