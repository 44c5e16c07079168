using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Sessions;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Sessions;

public sealed class LoginPaceTests
{
    [Theory]
    [InlineData(200, 6, 33.33)]
    [InlineData(200, 0, 200)]
    [InlineData(0, 4, 0.25)]
    public void A_shard_takes_its_part(int pool, int shards, double share) =>
        LoginPace.ShareOf(pool, shards).ShouldBe(share, 0.01);

    [Fact]
    public void No_second_sees_more_than_the_rate_and_the_catch_up_however_timers_behave()
    {
        const double rate = 40;
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var pace = new LoginPace(random.NextDouble);
        var now = TimeSpan.FromHours(2);
        var starts = new List<TimeSpan>();
        while (starts.Count < 2000)
        {
            // Timers come late by up to 40 ms.
            if (pace.Wait(now, rate) is { Ticks: > 0 } wait)
                now += wait + TimeSpan.FromMilliseconds(random.NextDouble() * 40);
            pace.Take(now, rate);
            starts.Add(now);
        }
        var most = rate + rate * LoginPace.CatchUp.TotalSeconds + 1;
        for (var i = 0; i < starts.Count; i++)
        {
            var within = starts
                .Skip(i)
                .TakeWhile(s => s < starts[i] + TimeSpan.FromSeconds(1))
                .Count();
            within.ShouldBeLessThanOrEqualTo((int)most, $"seed {seed}, from {i}");
        }
        // And lateness does not lower the rate.
        ((starts.Count - 1) / (starts[^1] - starts[0]).TotalSeconds).ShouldBe(
            rate,
            rate * 0.05,
            $"seed {seed}"
        );
    }

    [Fact]
    public async Task Turns_come_in_order_of_their_time_and_only_while_the_gate_is_open()
    {
        var clock = new HandClock();
        var time = new FakeTime();
        var gate = new ActGate(clock);
        var pacer = new LoginPacer(gate, () => 10, time, () => 0);
        using var stop = new CancellationTokenSource();
        var loop = pacer.RunAsync(stop.Token);
        var later = pacer.WaitAsync(1, TimeSpan.FromSeconds(2), CancellationToken.None);
        var now = pacer.WaitAsync(1, TimeSpan.Zero, CancellationToken.None);
        using var leaving = new CancellationTokenSource();
        var gone = pacer.WaitAsync(1, TimeSpan.Zero, leaving.Token);
        now.IsCompleted.ShouldBeFalse();
        await leaving.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(gone);

        gate.Extend(clock.Now, TimeSpan.FromHours(1));
        await now;
        later.IsCompleted.ShouldBeFalse();
        await Eventually.True("the pacer waits", () => time.ArmedTimers > 0);
        time.Advance(TimeSpan.FromSeconds(3));
        await later;

        await stop.CancelAsync();
        await loop;
    }

    [Fact]
    public async Task A_tenant_whose_sessions_all_dial_again_does_not_keep_another_one_from_its_login()
    {
        var clock = new HandClock();
        var time = new FakeTime();
        var gate = new ActGate(clock);
        var pacer = new LoginPacer(gate, () => 10, time, () => 0);
        using var stop = new CancellationTokenSource();
        var loop = pacer.RunAsync(stop.Token);
        var many = Enumerable
            .Range(0, 2_000)
            .Select(_ => pacer.WaitAsync(1, TimeSpan.Zero, stop.Token))
            .ToArray();
        gate.Extend(clock.Now, TimeSpan.FromHours(1));
        await Task.WhenAny(many);

        var one = pacer.WaitAsync(2, TimeSpan.Zero, CancellationToken.None);
        // The next turn may have been given already; the one after it is the other tenant's.
        await Eventually.True(
            "the other tenant's session has its turn",
            () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(100));
                return one.IsCompleted;
            }
        );

        many.Count(m => m.IsCompleted).ShouldBeLessThan(100);
        await stop.CancelAsync();
        await loop;
    }
}
