using WaOperator.SessionPod.Reports;

namespace WaOperator.SessionPod.Tests.Reports;

public sealed class SmoothCostTests
{
    [Fact]
    public void It_goes_in_steps_of_a_tenth()
    {
        var cost = default(SmoothCost).Count(100_000, 0);
        cost.Bytes.ShouldBeInRange(100_000, 110_000);
        SmoothCost.Step(cost.Bytes).ShouldBe(cost.Bytes);
        SmoothCost.Step(cost.Bytes + 1).ShouldBe(cost.Bytes + (cost.Bytes / 10));
        SmoothCost.Step(0).ShouldBe(SmoothCost.Least);
        SmoothCost.Step(long.MaxValue).ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Small_changes_change_nothing_and_great_ones_at_most_once_a_minute()
    {
        var cost = default(SmoothCost).Count(100_000, 0);
        cost.Count(cost.Bytes, 5).Bytes.ShouldBe(cost.Bytes);
        cost.Count(50_000, 5).Bytes.ShouldBe(cost.Bytes);
        var same = cost.Count(900_000, 0);
        same.Bytes.ShouldBe(cost.Bytes);
        // The peak is not forgotten meanwhile.
        same.Count(1, 1).Bytes.ShouldBeGreaterThanOrEqualTo(900_000);
    }

    /// <summary>Random counts over days: never below any count of the last hour, and at rest in the end.</summary>
    [Fact]
    public void It_is_never_below_the_last_hour_s_peak_and_comes_down_after_two()
    {
        for (var seed = 1; seed <= 200; seed++)
        {
            var random = new Random(seed);
            var cost = default(SmoothCost);
            var counts = new List<long>();
            for (var minute = 0; minute < 600; minute++)
            {
                var bytes = minute > 400 ? 20_000 : random.NextInt64(1, 5_000_000);
                counts.Add(bytes);
                var before = cost;
                cost = cost.Count(bytes, minute);
                if (cost.Bytes != before.Bytes && before.Bytes != 0)
                    before.ChangedAt.ShouldBeLessThan(minute);
                cost.Bytes.ShouldBeGreaterThanOrEqualTo(
                    counts.Skip(Math.Max(0, minute - 59)).Max(),
                    $"seed {seed}, minute {minute}"
                );
            }
            cost.Bytes.ShouldBe(SmoothCost.Step(20_000), $"seed {seed}");
        }
    }

    [Fact]
    public void Sessions_at_rest_are_written_once()
    {
        var keeper = new CostKeeper();
        Count[] sessions = [new(1, 1, 60_000, default), new(2, 1, 60_000, default)];
        keeper.Take(sessions, 0).Count.ShouldBe(2);
        for (var minute = 1; minute < 300; minute++)
            keeper.Take(sessions, minute).ShouldBeEmpty();
        keeper.Total.ShouldBe(2 * SmoothCost.Step(60_000));
    }

    [Fact]
    public void What_could_not_be_stored_is_stored_the_next_time()
    {
        var keeper = new CostKeeper();
        Count[] sessions = [new(1, 1, 60_000, default)];
        var lost = keeper.Take(sessions, 0);
        keeper.NotStored(lost);
        keeper.Take(sessions, 0).ShouldBe(lost);
        keeper.Take([], 1).ShouldBeEmpty();
        keeper.Total.ShouldBe(0);
    }

    [Fact]
    public void The_peak_that_the_last_owner_counted_holds_for_another_hour()
    {
        var keeper = new CostKeeper();
        Count[] sessions = [new(1, 2, 60_000, default)];
        keeper.Take(sessions, 0);
        keeper.Stored([(1, 900_000)], 0);
        keeper.Total.ShouldBe(900_000);
        for (var minute = 1; minute < 60; minute++)
            keeper.Take(sessions, minute);
        keeper.Total.ShouldBeGreaterThanOrEqualTo(900_000);
        keeper.Take(sessions, 120).Single().Bytes.ShouldBe(SmoothCost.Step(60_000));
    }
}
