using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;
using WaOperator.Signals;
using WaOperator.Testing;

namespace WaOperator.Store.Tests.Hints;

/// <summary>Users of a real Redis that may not do all: it is said, and the rest works.</summary>
public sealed class RedisRightsTests
{
    /// <summary>What the chart's README asks for.</summary>
    private static readonly string[] Least =
    [
        "resetchannels",
        "&wa:*",
        "-@all",
        "+@connection",
        "+info",
        "+publish",
        "+subscribe",
        "+unsubscribe",
    ];

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task The_least_rights_are_enough()
    {
        await using var scene = await Scene.StartAsync();
        await scene.UserAsync(Least);
        using var log = new Logs();
        using var hints = scene.Hints(log);
        await HeardAsync(hints, hints);
        hints.Fault.ShouldBeNull();
        log.ToString().ShouldNotContain("Redis cannot");
    }

    [Fact]
    public async Task Who_may_not_publish_is_told_so_hears_and_may_be_allowed_later()
    {
        await using var scene = await Scene.StartAsync();
        await scene.UserAsync([.. Least, "-publish"]);
        using var log = new Logs();
        using var hints = scene.Hints(log);
        using var other = await scene.OtherAsync();
        await ToldAsync(hints, log, RedisFault.Publish);
        await HeardAsync(other, hints);

        await scene.UserAsync(Least);
        await Eventually.True("it may publish", () => hints.Fault is null, Soon);
        await HeardAsync(hints, other);
    }

    [Theory]
    [InlineData("-subscribe")]
    [InlineData("-subscribe", "-publish")]
    [InlineData("resetchannels")]
    public async Task Who_may_not_subscribe_is_told_so_and_may_be_allowed_later(
        params string[] without
    )
    {
        await using var scene = await Scene.StartAsync();
        await scene.UserAsync([.. Least, .. without]);
        using var log = new Logs();
        using var hints = scene.Hints(log);
        var heard = Listen(hints);
        await ToldAsync(
            hints,
            log,
            without is ["-subscribe"] ? RedisFault.Subscribe : RedisFault.PublishAndSubscribe
        );
        if (without is ["-subscribe"])
            using (var other = await scene.OtherAsync())
                await HeardAsync(hints, other);

        await scene.UserAsync(Least);
        await Eventually.True("it may all", () => hints.Fault is null, Soon);
        await Eventually.True(
            "its early subscription hears",
            () =>
            {
                hints.Publish("wa:test");
                return heard() > 0;
            }
        );
    }

    [Fact]
    public async Task Rights_that_are_taken_while_it_is_connected_are_told()
    {
        await using var scene = await Scene.StartAsync();
        await scene.UserAsync(Least);
        using var log = new Logs();
        using var hints = scene.Hints(log);
        using (var other = await scene.OtherAsync())
            await HeardAsync(other, hints);

        // Redis ends connections that listen to a channel which their user may not hear any more.
        await scene.UserAsync(["resetchannels", "&wa:state"]);
        await Eventually.True(
            $"it is told; log: {log}",
            () =>
                hints.Fault == RedisFault.Subscribe
                && log.Count(RedisFault.Subscribe.Sentence) == 1,
            TimeSpan.FromSeconds(10)
        );
    }

    [Fact]
    public async Task Who_may_not_even_begin_is_told_so()
    {
        await using var scene = await Scene.StartAsync();
        await scene.UserAsync(["&wa:*", "-@all", "+publish", "+subscribe"]);
        using var log = new Logs();
        using var hints = scene.Hints(log);
        await ToldAsync(hints, log, RedisFault.Commands);
    }

    private static Func<int> Listen(IHints hints)
    {
        var heard = 0;
        hints.Subscribe("wa:test", () => Interlocked.Increment(ref heard));
        return () => Volatile.Read(ref heard);
    }

    private static async Task HeardAsync(IHints from, IHints by)
    {
        var heard = Listen(by);
        await Eventually.True(
            "a hint is heard",
            () =>
            {
                from.Publish("wa:test");
                return heard() > 0;
            }
        );
    }

    private static async Task ToldAsync(IHints hints, Logs log, RedisFault fault)
    {
        await Eventually.True(
            $"it is told as {fault.Kind}; log: {log}",
            () => hints.Fault == fault && log.Count(fault.Sentence) == 1,
            Soon
        );
        log.ToString().ShouldNotContain("S3cret");
    }

    /// <summary>A Redis with a user whose rights change.</summary>
    private sealed class Scene : IAsyncDisposable
    {
        private readonly RedisServer _redis;
        private readonly ConnectionMultiplexer _admin;

        private Scene(RedisServer redis, ConnectionMultiplexer admin) =>
            (_redis, _admin) = (redis, admin);

        public static async Task<Scene> StartAsync()
        {
            var server = new RedisServer();
            await server.StartAsync();
            return new(server, await ConnectionMultiplexer.ConnectAsync(server.Configuration));
        }

        public Task UserAsync(string[] rules) =>
            _admin
                .GetDatabase()
                .ExecuteAsync("ACL", ["SETUSER", "wa", "on", ">S3cretPW", .. rules]);

        public LateHints Hints(Logs log) =>
            new(
                RedisDsn.Read($"redis://wa:S3cretPW@127.0.0.1:{_redis.Port}"),
                HintChannels.State,
                TimeProvider.System,
                log
            );

        /// <summary>Of a user with all rights.</summary>
        public Task<RedisHints> OtherAsync() =>
            RedisHints.ConnectAsync(_redis.Configuration, NullLogger<RedisHints>.Instance);

        public async ValueTask DisposeAsync()
        {
            await _admin.DisposeAsync();
            await _redis.DisposeAsync();
        }
    }
}
