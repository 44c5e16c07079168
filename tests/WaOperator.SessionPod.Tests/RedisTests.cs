using Microsoft.Extensions.Logging.Abstractions;
using WaOperator.SessionPod.Options;
using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Signals;
using WaOperator.Store;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests;

public sealed class RedisTests
{
    private readonly FakeNetwork _network = new();

    private static PodOptions Slow(PodOptions options) =>
        options with
        {
            PollEvery = TimeSpan.FromMinutes(1),
        };

    [Fact]
    public async Task Hints_make_it_quick_in_both_directions()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var world = await PodWorld.StartAsync(
            redis: redis.Configuration,
            network: _network
        );
        using var operatorsHints = await RedisHints.ConnectAsync(
            redis.Configuration,
            NullLogger<RedisHints>.Instance
        );
        var heard = 0;
        operatorsHints.Subscribe(HintChannels.State, () => Interlocked.Increment(ref heard));
        var pod = await world.PodAsync(0, "pod-a", Slow);
        await pod.ReadyAsync();
        var session = await world.SessionAsync(0);

        // The poll comes once a minute: only a hint brings the session this quickly.
        await Eventually.True(
            "the pod claims after a hint",
            async () =>
            {
                operatorsHints.Publish(HintChannels.Placement(PodWorld.Shard(0)));
                return await session.OwnerAsync() is not null;
            },
            TimeSpan.FromSeconds(20)
        );
        await _network.LinkAsync(session);
        await session.PhaseAsync(SessionPhase.Connected);
        await Eventually.True("the operator heard of it", () => Volatile.Read(ref heard) > 0);
    }

    [Fact]
    public async Task Redis_away_disconnects_no_one_and_hints_come_back_with_it()
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        await using var world = await PodWorld.StartAsync(
            redis: redis.Configuration,
            network: _network
        );
        var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        await Eventually.True("the pod has Redis", () => pod.HasRedis);

        await redis.KillAsync();

        await Eventually.True("the pod misses Redis", () => !pod.HasRedis);
        (await pod.GetAsync("/livez")).Code.ShouldBe(200);
        (await pod.GetAsync("/readyz")).Code.ShouldBe(200);
        // The slow poll does it alone.
        var other = await world.PairedAsync(0);
        await redis.StartAsync();
        await Eventually.True("the pod has Redis again", () => pod.HasRedis);
        foreach (var one in (TestSession[])[session, other])
        {
            // One to link the device, and one that stays.
            _network.ConnectionsOf(one).ShouldBe(2);
            (await _network.ConnectionAsync(one, 2)).Ended.ShouldBeNull();
        }
    }

    [Fact]
    public async Task A_pod_starts_without_Redis_and_joins_it_when_it_comes()
    {
        await using var redis = new RedisServer();
        await using var world = await PodWorld.StartAsync(
            redis: redis.Configuration,
            network: _network
        );
        var pod = await world.PodAsync(0, "pod-a", Slow);
        await pod.ReadyAsync();
        await redis.StartAsync();
        await Eventually.True("the pod has Redis", () => pod.HasRedis);
        using var operatorsHints = await RedisHints.ConnectAsync(
            redis.Configuration,
            NullLogger<RedisHints>.Instance
        );
        var session = await world.SessionAsync(0);
        await Eventually.True(
            "the pod claims after a hint",
            async () =>
            {
                operatorsHints.Publish(HintChannels.Placement(PodWorld.Shard(0)));
                return await session.OwnerAsync() is not null;
            },
            TimeSpan.FromSeconds(20)
        );
    }
}
