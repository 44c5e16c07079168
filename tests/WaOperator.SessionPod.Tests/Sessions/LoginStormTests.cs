using WaOperator.SessionPod.Sessions;
using WaOperator.WhatsApp.Reconnecting;
using Xunit.Abstractions;

namespace WaOperator.SessionPod.Tests.Sessions;

/// <summary>After a mass drop, the logins of a whole pool stay under its ceiling, however many shards it has.</summary>
public sealed class LoginStormTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(200, 1)]
    [InlineData(200, 4)]
    [InlineData(200, 7)]
    [InlineData(200, 500)]
    public void The_pool_stays_under_its_ceiling(int ceiling, int shards)
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var logins = new List<TimeSpan>();
        for (var shard = 0; shard < shards; shard++)
            logins.AddRange(Storm(random, 6000 / shards, LoginPace.ShareOf(ceiling, shards)));
        logins.Sort();
        // Any second: the rate, what late timers may catch up with, and for shards that log in less than once a second the chance
        // of their phases, five standard deviations.
        var most =
            (ceiling * (1 + LoginPace.CatchUp.TotalSeconds))
            + (shards > ceiling ? 5 * Math.Sqrt(ceiling) : shards);
        var from = 0;
        for (var to = 0; to < logins.Count; to++)
        {
            while (logins[to] - logins[from] >= TimeSpan.FromSeconds(1))
                from++;
            (to - from + 1).ShouldBeLessThanOrEqualTo((int)most, $"until {logins[to]}");
        }
        logins.Count.ShouldBe(6000 / shards * shards);
    }

    [Fact]
    public void Jitter_spreads_the_storm_before_the_ceiling_does()
    {
        var seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var waits = Enumerable
            .Range(0, 1000)
            .Select(_ => new Backoff().AfterFailure(TimeSpan.Zero, random.NextDouble()).Wait)
            .ToList();
        waits.Max().ShouldBeLessThanOrEqualTo(Backoff.First);
        for (var tenth = 0; tenth < 10; tenth++)
            waits
                .Count(w => w >= Backoff.First / 10 * tenth && w < Backoff.First / 10 * (tenth + 1))
                .ShouldBeInRange(50, 200);
    }

    /// <summary>All sessions of a shard lose their sockets at once; when each dials.</summary>
    private static List<TimeSpan> Storm(Random random, int sessions, double perSecond)
    {
        var due = new PriorityQueue<int, TimeSpan>();
        for (var i = 0; i < sessions; i++)
            due.Enqueue(i, new Backoff().AfterFailure(TimeSpan.Zero, random.NextDouble()).Wait);
        var pace = new LoginPace(random.NextDouble);
        var now = TimeSpan.Zero;
        var logins = new List<TimeSpan>();
        while (due.TryPeek(out _, out var at))
        {
            var wait = at > now ? at - now : pace.Wait(now, perSecond);
            if (wait > TimeSpan.Zero)
            {
                // Timers come late, by up to 20 ms.
                now += wait + TimeSpan.FromMilliseconds(random.NextDouble() * 20);
                continue;
            }
            due.Dequeue();
            pace.Take(now, perSecond);
            logins.Add(now);
        }
        return logins;
    }
}
