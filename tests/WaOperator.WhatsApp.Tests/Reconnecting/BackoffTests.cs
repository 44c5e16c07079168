using WaOperator.WhatsApp.Reconnecting;

namespace WaOperator.WhatsApp.Tests.Reconnecting;

public sealed class BackoffTests
{
    [Fact]
    public void Doubles_its_bound_from_a_second_to_five_minutes()
    {
        var backoff = new Backoff();
        var bounds = new List<double>();
        for (var i = 0; i < 12; i++)
        {
            (backoff, var wait) = backoff.AfterFailure(TimeSpan.Zero, 1);
            bounds.Add(wait.TotalSeconds);
        }
        bounds.ShouldBe([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    }

    [Fact]
    public void Waits_anything_from_nothing_to_its_bound()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        for (var i = 0; i < 1000; i++)
        {
            var failures = random.Next(0, 20);
            var (_, wait) = new Backoff(failures, 0).AfterFailure(
                TimeSpan.Zero,
                random.NextDouble()
            );
            var bound = Math.Min(300, Math.Pow(2, failures));
            wait.TotalSeconds.ShouldBeInRange(0, bound, $"seed {seed}, {failures} failures");
        }
        new Backoff(3, 0).AfterFailure(TimeSpan.Zero, 0).Wait.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void Starts_over_after_a_stable_minute_only()
    {
        var worn = new Backoff(9, 0);
        worn.AfterFailure(TimeSpan.FromSeconds(59), 1).Wait.ShouldBe(TimeSpan.FromMinutes(5));
        worn.AfterFailure(TimeSpan.FromSeconds(60), 1).Wait.ShouldBe(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void After_a_replacement_waits_a_minute_and_doubles()
    {
        var backoff = new Backoff();
        var waits = new List<double>();
        for (var i = 0; i < 8; i++)
        {
            (backoff, var wait) = backoff.AfterReplacement(TimeSpan.FromSeconds(5));
            waits.Add(wait.TotalMinutes);
        }
        waits.ShouldBe([1, 2, 4, 8, 16, 32, 60, 60]);
    }

    [Fact]
    public void Two_that_replace_each_other_every_minute_do_not_start_over()
    {
        var (once, _) = new Backoff().AfterReplacement(TimeSpan.Zero);
        once.AfterReplacement(TimeSpan.FromSeconds(61)).Wait.ShouldBe(TimeSpan.FromMinutes(2));
        once.AfterReplacement(TimeSpan.FromSeconds(121)).Wait.ShouldBe(TimeSpan.FromMinutes(1));
    }
}
