using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Hosting;
using WaOperator.Resources;
using WaOperator.Signals;
using WaOperator.Store.Operator;
using WaOperator.Testing;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Running;

/// <summary>Restarts and absences: nothing is lost, nothing moves, and all continues without a restart of the operator.</summary>
public sealed class OutagesTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_restarted_operator_writes_nothing_but_its_Lease()
    {
        await using var world = await World.CreateAsync(output);
        var first = world.StartOperator();
        await ConnectAsync(world);
        await world.SessionAsync("orphan", "491700000003", tenant: "nobody");
        await world.UntilSessionAsync("orphan", ConditionTypes.Stalled);
        await world.QuietAsync(seconds: 2);
        await World.StopAsync(first);
        var writes = (await world.WritesAsync()).Count;

        var second = world.StartOperator();
        await Eventually.True(
            "the new operator leads",
            async () => await world.SqlAsync<long>("select leader_term from wa.installation") == 2
        );
        await world.QuietAsync(seconds: 5);

        (await world.WritesAsync()).Skip(writes).ShouldBeEmpty();
        second.Task.IsCompleted.ShouldBeFalse();
        await world.SessionAsync("later", "491700000004");
        await world.UntilConnectedAsync("later");
    }

    [Fact]
    public async Task Of_two_replicas_one_leads_and_the_other_follows_when_it_stops()
    {
        await using var world = await World.CreateAsync(output);
        var first = world.StartOperator();
        await ConnectAsync(world);
        var second = world.StartOperator();
        await Eventually.True(
            "the standby is ready",
            async () => (await second.Host.ReadyAsync(default)).Healthy
        );
        (await world.SqlAsync<long>("select leader_term from wa.installation")).ShouldBe(1);

        await World.StopAsync(first);
        await world.SessionAsync("next", "491700000005");

        await world.UntilConnectedAsync("next");
        (await world.SqlAsync<long>("select leader_term from wa.installation")).ShouldBe(2);
    }

    [Fact]
    public async Task A_leader_whose_term_is_over_ends()
    {
        await using var world = await World.CreateAsync(output);
        var running = world.StartOperator();
        await ConnectAsync(world);
        await DesiredStore.BeginTermAsync(world.Database, "another");

        await world.SessionAsync("next", "491700000005");

        var ended = await Should.ThrowAsync<StaleTermException>(() =>
            running.Task.WaitAsync(TimeSpan.FromSeconds(30))
        );
        ended.Message.ShouldContain("term 1");
        (await world.SqlAsync<long>("select count(*) from wa.session")).ShouldBe(2);
    }

    [Fact]
    public async Task While_PostgreSQL_is_away_statuses_stay_and_then_all_continues()
    {
        await using var postgres = await PostgresServer.StartAsync(durable: true);
        await using var world = await World.CreateAsync(output, postgres: postgres);
        // A long lease: a disk that is busy with PostgreSQL's last checkpoint holds the API server up, too.
        var running = world.StartOperator(o =>
        {
            o.Leader.LeaseSeconds = 120;
            o.Leader.RenewSeconds = 90;
        });
        await ConnectAsync(world);
        await world.QuietAsync(seconds: 1);

        await postgres.StopAsync();
        await world.SessionAsync("meanwhile", "491700000005");
        await Steadily.Holds(
            "sessions stay as they were",
            TimeSpan.FromSeconds(6),
            async () =>
                (await world.Client.GetAsync<WhatsAppSession>("s0", world.Ns))!.Status
                    is { Phase: SessionPhases.Connected } status
                && status.Conditions.IsTrue(ConditionTypes.Connected)
                    ? null
                    : "s0 changed"
        );
        await postgres.StartAgainAsync();

        await world.UntilConnectedAsync("meanwhile");
        var still = await world.UntilConnectedAsync("s0");
        still.Status!.Epoch.ShouldBe(1, "no other pod took it");
        running.Task.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task While_the_API_server_is_away_nothing_crashes_and_then_all_continues()
    {
        await using var server = await ApiServer.StartAsync();
        await using var world = await World.CreateAsync(output, server);
        // A long lease: the leader is to live through it.
        var running = world.StartOperator(o =>
        {
            o.Leader.LeaseSeconds = 120;
            o.Leader.RenewSeconds = 90;
        });
        await ConnectAsync(world);

        await server.KillAsync();
        running.Task.IsCompleted.ShouldBeFalse();
        await server.StartAgainAsync();
        await world.SessionAsync("next", "491700000005");

        await world.UntilConnectedAsync("next");
        running.Task.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Redis_may_come_late_and_go_and_no_one_waits_for_it()
    {
        await using var redis = new RedisServer();
        await using var world = await World.CreateAsync(output);
        var running = world.StartOperator(o => o.Redis.Configuration = redis.Configuration);
        await ConnectAsync(world);
        var pool = (await world.Client.GetAsync<WhatsAppSessionPool>("default", world.Ns))!;
        await redis.StartAsync();
        using var pods = await RedisHints.ConnectAsync(
            redis.Configuration,
            NullLogger<RedisHints>.Instance
        );
        var heard = 0;
        for (var shard = 0; shard < 2; shard++)
            pods.Subscribe(
                HintChannels.Placement(new(pool.Metadata.Uid!, shard)),
                () => Interlocked.Increment(ref heard)
            );
        // The operator joins Redis in its own time.
        var asked = 0;
        await Eventually.True(
            "a shard is told of a change",
            async () =>
            {
                await world.PatchAsync<WhatsAppSession>(
                    "s0",
                    $$$"""{"metadata": {"annotations": {"whatsapp.wa-operator.io/pair": "{{{asked++}}}"} } }"""
                );
                return Volatile.Read(ref heard) > 0;
            }
        );

        await redis.KillAsync();
        await world.SessionAsync("next", "491700000005");
        await world.UntilConnectedAsync("next");
        running.Task.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_Redis_that_refuses_the_log_in_is_told_by_the_pool_and_its_end_too()
    {
        await using var redis = new RedisServer
        {
            More = ["--user", "default", "off", "--user", "wa", "on", ">S3cretPW", "&*", "+@all"],
        };
        await redis.StartAsync();
        await using var world = await World.CreateAsync(output);
        world.StartOperator(o =>
            o.Redis.Configuration = $"redis://wa:S3cretPW2@127.0.0.1:{redis.Port}"
        );
        await world.ServingPoolAsync();
        await world.PatchAsync<WhatsAppSessionPool>(
            "default",
            """{"spec": {"redisSecretRef": {"name": "redis", "key": "url"}}}"""
        );

        var told = await world.UntilAsync<WhatsAppSessionPool>(
            "default",
            "it reports the loss of Redis",
            p => p.Status?.Conditions.IsTrue(ConditionTypes.RedisUnavailable) == true
        );
        told.Status!.Conditions.IsTrue(ConditionTypes.Stalled).ShouldBeFalse();
        var message = told.Status.Conditions.Find(ConditionTypes.RedisUnavailable)!.Message!;
        message.ShouldContain(RedisFault.LogIn.Sentence);
        message.ShouldContain("nothing is lost");
        message.ShouldNotContain("S3cret");
        await world.UntilEventAsync("default", Reasons.RedisUnavailable);
        await world.QuietAsync(seconds: 2);

        using var admin = await ConnectionMultiplexer.ConnectAsync(
            $"127.0.0.1:{redis.Port},user=wa,password=S3cretPW"
        );
        await admin.GetDatabase().ExecuteAsync("ACL", "SETUSER", "wa", ">S3cretPW2");
        await world.UntilAsync<WhatsAppSessionPool>(
            "default",
            "it no longer reports the loss of Redis",
            p => p.Status?.Conditions.IsTrue(ConditionTypes.RedisUnavailable) == false
        );
    }

    [Fact]
    public async Task An_operator_that_finds_neither_waits_for_both()
    {
        await using var postgres = await PostgresServer.StartAsync();
        await using var world = await World.CreateAsync(output, postgres: postgres);
        await postgres.StopAsync();
        var running = world.StartOperator();
        await Eventually.True(
            "it is ready to lead",
            async () => (await running.Host.ReadyAsync(default)).Healthy
        );
        await postgres.StartAgainAsync();
        await ConnectAsync(world);
    }

    [Fact]
    public async Task A_session_whose_finalizer_was_forced_off_keeps_its_keys()
    {
        await using var world = await World.StartAsync(output);
        await ConnectAsync(world);
        await world.PatchAsync<WhatsAppSession>("s0", """{"metadata":{"finalizers":null}}""");
        await Eventually.True(
            "the session is retained or has its finalizer again",
            async () =>
                (
                    await world.Client.GetAsync<WhatsAppSession>("s0", world.Ns)
                )!.Metadata.HasFinalizer(WhatsAppFinalizers.Session)
        );
    }

    [Fact]
    public async Task Finalizers_can_be_released_without_the_operator()
    {
        await using var world = await World.CreateAsync(output);
        var running = world.StartOperator();
        await ConnectAsync(world);
        await world.QuietAsync(seconds: 1);
        await World.StopAsync(running);

        (await FinalizerRelease.RunAsync(world.Client, [world.Ns], default)).ShouldBe(4);

        await world.Client.DeleteAsync<WhatsAppSession>("s0", world.Ns);
        await world.GoneAsync<WhatsAppSession>("s0");
        // An operator that comes back finds the row without a resource, and keeps the keys.
        world.StartOperator();
        await Eventually.True(
            "the keys of the session that is gone are kept",
            async () =>
                await world.SqlAsync<string>("select desired from wa.session where name = 's0'")
                == "Retained"
        );
    }

    private static async Task ConnectAsync(World world)
    {
        await world.ServingPoolAsync(shards: 2);
        await world.TenantAsync();
        await world.SessionAsync("s0", "491700000001");
        await world.SessionAsync("s1", "491700000002");
        await world.UntilConnectedAsync("s0");
        await world.UntilConnectedAsync("s1");
    }
}
