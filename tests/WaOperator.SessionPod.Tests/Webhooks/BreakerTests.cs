using WaOperator.SessionPod.Webhooks;

namespace WaOperator.SessionPod.Tests.Webhooks;

public sealed class BreakerTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(0.5, new[] { 5.0, 15, 30, 60, 120, 300, 300 })]
    [InlineData(0.0, new[] { 4.0, 12, 24, 48, 96, 240, 240 })]
    [InlineData(1.0, new[] { 6.0, 18, 36, 72, 144, 360, 360 })]
    public void Pauses_grow_until_it_succeeds(double random, double[] seconds)
    {
        var breaker = new Breaker(() => random);
        var now = Start;
        foreach (var pause in seconds)
        {
            breaker.Failed(breaker.Round, now, null);
            (breaker.NextProbe!.Value - now).TotalSeconds.ShouldBe(pause, 0.001);
            now = breaker.NextProbe.Value;
        }
        breaker.FailingSince.ShouldBe(Start);

        breaker.Succeeded(breaker.Round);
        breaker.IsOpen.ShouldBeFalse();
        breaker.FailingSince.ShouldBeNull();
        breaker.Failed(breaker.Round, now, null);
        (breaker.NextProbe!.Value - now).TotalSeconds.ShouldBe(seconds[0], 0.001);
    }

    [Fact]
    public void What_began_before_it_opened_neither_closes_it_nor_counts_again()
    {
        var breaker = new Breaker(() => 0.5);
        breaker.Failed(0, Start, null);
        var probe = breaker.NextProbe;

        breaker.Failed(0, Start.AddSeconds(1), null);
        breaker.Succeeded(0);

        breaker.NextProbe.ShouldBe(probe);
        breaker.Failed(0, Start.AddSeconds(1), TimeSpan.FromMinutes(1));
        breaker.NextProbe.ShouldBe(Start.AddSeconds(61));
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(60, 60)]
    public void The_later_of_its_own_pause_and_what_the_endpoint_asks_for_counts(
        int asked,
        int waits
    )
    {
        var breaker = new Breaker(() => 0.5);
        breaker.Failed(0, Start, TimeSpan.FromSeconds(asked));
        breaker.NextProbe.ShouldBe(Start.AddSeconds(waits));
    }

    [Fact]
    public void It_remembers_since_when_the_endpoint_fails()
    {
        var breaker = new Breaker(() => 0.5, Start);
        breaker.IsOpen.ShouldBeFalse();
        breaker.Failed(0, Start.AddHours(3), null);
        breaker.FailingSince.ShouldBe(Start);
    }

    [Fact]
    public void What_is_refused_is_tried_for_about_two_days()
    {
        double[] hours = [5.0 / 3600, 1.0 / 60, 5.0 / 60, 0.5, 2, 6, 12, 24];
        for (var attempts = 1; attempts <= hours.Length; attempts++)
            (ParkedTimes.Next(attempts, Start)!.Value - Start).TotalHours.ShouldBe(
                hours[attempts - 1],
                1e-6
            );
        ParkedTimes.Next(hours.Length + 1, Start).ShouldBeNull();
    }
}
