using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;
using WaOperator.SessionPod.Limits;
using WaOperator.Signals;
using WaOperator.Store.Pod;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Limits;

/// <summary>The counters of four pods and a real Redis.</summary>
public sealed class SharedMinuteTests
{
    private const int Pods = 4;

    // A slow machine is no silent Redis: no time passes that a test does not let pass.
    private readonly FakeTime _time = new();

    [Fact]
    public async Task Four_pods_send_exactly_the_limit_together()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var pods = await PodsAsync(redis);

        var sent = await SendAsync(pods.Of("tenant"), 400, 100);

        sent.ShouldBe(100);
        var refused = await pods.Of("tenant")[0].TakeAsync(100, 1);
        (refused.Taken, refused.Held).ShouldBe((0, 100));
        refused.Wait.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
        pods.Alone.ShouldBe(0);
        // Who only looks takes nothing.
        var looked = await pods.Of("tenant")[1].TakeAsync(100, 0);
        (looked.Taken, looked.Held).ShouldBe((0, 100));
        (await pods.Of("idle")[0].TakeAsync(100, 0)).ShouldBe(default);
        // Numbers alone, and no longer than they count.
        using var look = await ConnectionMultiplexer.ConnectAsync(redis.Configuration);
        (await look.GetDatabase().KeyExistsAsync("wa:minute:idle")).ShouldBeFalse();
        var key = "wa:minute:tenant";
        (await look.GetDatabase().KeyTimeToLiveAsync(key))!.Value.ShouldBeLessThan(
            TimeSpan.FromSeconds(62)
        );
        (await look.GetDatabase().HashGetAllAsync(key)).ShouldAllBe(e =>
            e.Name == "n" || e.Name == "o" || (long)e.Name > 0 && (int)e.Value > 0
        );
    }

    [Fact]
    public async Task Another_tenant_is_not_refused_beside_one_at_ten_times_its_limit()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var pods = await PodsAsync(redis);

        var loud = SendAsync(pods.Of("loud"), 1_000, 100);
        var refused = new ConcurrentBag<int>();
        await Parallel.ForEachAsync(
            Enumerable.Range(0, 999),
            new ParallelOptions { MaxDegreeOfParallelism = 32 },
            async (i, _) =>
            {
                if (await SendAsync(pods.Of($"quiet-{i}"), 10, 10) != 10)
                    refused.Add(i);
            }
        );

        (await loud).ShouldBe(100);
        refused.ShouldBeEmpty();
        pods.Alone.ShouldBe(0);
    }

    [Fact]
    public async Task Without_Redis_the_limit_is_passed_by_no_more_than_one_share()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var pods = await PodsAsync(redis);
        var (full, fresh, small) = (pods.Of("full"), pods.Of("fresh"), pods.Of("small"));
        // One pod used all of it, which the others do not know.
        for (var i = 0; i < 100; i++)
            await full[0].TakeAsync(100, 1);

        await redis.KillAsync();
        await Eventually.True(
            "the pods miss Redis",
            () => pods.All(w => w.Health is { IsConnected: false, LostAt: not null })
        );

        (await SendAsync(full, 400, 100)).ShouldBeInRange(0, 25);
        (await SendAsync(fresh, 400, 100)).ShouldBe(25);
        (await SendAsync(small, 40, 2)).ShouldBe(1);
        pods.Alone.ShouldBe(840);

        // A minute later all that counts was sent by the shares.
        _time.Advance(TimeSpan.FromSeconds(61));
        (await SendAsync(full, 400, 100)).ShouldBe(100);

        // A Redis that forgot is believed once it has a whole minute.
        await redis.StartAsync();
        await Eventually.True(
            "the pods have Redis",
            () => pods.All(w => w.Health is { IsConnected: true, BackAt: not null })
        );
        (await SendAsync(full, 400, 100)).ShouldBe(0);
        (await SendAsync(pods.Of("new"), 400, 100)).ShouldBe(100);
        _time.Advance(TimeSpan.FromSeconds(61));
        var one = pods.Of("one")[0];
        for (var i = 0; i < 100; i++)
            (await one.TakeAsync(100, 1)).Taken.ShouldBe(1);
        (await one.TakeAsync(100, 1)).Taken.ShouldBe(0);
    }

    [Fact]
    public async Task A_Redis_that_does_not_answer_holds_no_message_up_for_long()
    {
        var silent = new Silent();
        var minute = new SharedMinute(
            "tenant",
            silent,
            () => Task.FromResult(new Serving(4, 1)),
            TimeProvider.System,
            _ => { }
        );

        var answers = new List<int>();
        for (var i = 0; i < 10; i++)
            answers.Add((await minute.TakeAsync(100, 1)).Taken);

        answers.Sum().ShouldBe(6);
        // What was sent by then is told with the next question that is answered.
        silent.Told.ShouldBe(6);
    }

    private Task<MinutePods> PodsAsync(RedisServer redis) =>
        MinutePods.StartAsync(redis, Pods, _time);

    /// <summary>Sends one by one over all pods at once.</summary>
    /// <returns>How many went.</returns>
    private static async Task<int> SendAsync(SharedMinute[] pods, int count, int limit)
    {
        var each = await Task.WhenAll(
            pods.Select(
                async (pod, i) =>
                {
                    var sent = 0;
                    for (var n = i; n < count; n += pods.Length)
                        sent += (await pod.TakeAsync(limit, 1)).Taken;
                    return sent;
                }
            )
        );
        return each.Sum();
    }

    /// <summary>Connected, and never answers.</summary>
    private sealed class Silent : ISharedWindows
    {
        public int Told { get; private set; }

        public WindowsHealth Health => new(true, null, null);

        public Task<WaOperator.Store.WindowAnswer?> TakeAsync(
            string name,
            int limit,
            int asked,
            int told
        )
        {
            Told = told;
            return Task.FromResult<WaOperator.Store.WindowAnswer?>(null);
        }
    }

    private sealed class MinutePods(LateHints[] redis, TimeProvider time) : IAsyncDisposable
    {
        private int _alone;

        public int Alone => Volatile.Read(ref _alone);

        public static async Task<MinutePods> StartAsync(
            RedisServer server,
            int pods,
            TimeProvider time
        )
        {
            var redis = Enumerable
                .Range(0, pods)
                .Select(_ => new LateHints(
                    RedisDsn.Read(server.Configuration),
                    null,
                    time,
                    NullLoggerFactory.Instance
                ))
                .ToArray();
            await Eventually.True(
                "the pods have Redis",
                () => redis.All(r => r.Health is { IsConnected: true })
            );
            return new(redis, time);
        }

        public bool All(Func<ISharedWindows, bool> holds) => redis.All(r => holds(r));

        /// <summary>A tenant's counter in each pod.</summary>
        public SharedMinute[] Of(string tenant) =>
            [
                .. redis.Select(
                    (r, i) =>
                        new SharedMinute(
                            tenant,
                            r,
                            () => Task.FromResult(new Serving(redis.Length, i)),
                            time,
                            n => Interlocked.Add(ref _alone, n)
                        )
                ),
            ];

        public ValueTask DisposeAsync()
        {
            foreach (var one in redis)
                one.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
