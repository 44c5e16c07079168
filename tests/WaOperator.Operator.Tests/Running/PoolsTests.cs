using System.Text.Json.Nodes;
using WaOperator.Kubernetes.Objects;
using WaOperator.Resources;
using WaOperator.Testing;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Running;

/// <summary>What a pool owns, and how it changes.</summary>
public sealed class PoolsTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_pool_makes_its_workloads_and_tells_its_pods_their_settings()
    {
        await using var world = await World.StartAsync(output);
        var pool = await world.PoolAsync(shards: 2);

        var set = await world.UntilAsync<StatefulSet>("wa-default", "made", _ => true);
        set.Metadata.Controller!.Uid.ShouldBe(pool.Metadata.Uid);
        set.Spec!.Replicas.ShouldBe(2);
        set.Spec.PodManagementPolicy.ShouldBe("Parallel");
        set.Spec.UpdateStrategy!.Type.ShouldBe("OnDelete");
        set.Spec.ServiceName.ShouldBe("wa-default");
        set.Spec.Template!.Spec!.Containers!.Single().Image.ShouldBe("session-pod:test");
        var service = await world.UntilAsync<Service>("wa-default", "made", _ => true);
        service.Spec!.ClusterIP.ShouldBe("None");
        service.Spec.PublishNotReadyAddresses.ShouldBe(true);
        // This server is older than policy/v1, or not: one of the two is there.
        (
            await world.Client.IsServedAsync("policy", "v1", "PodDisruptionBudget")
                ? (object?)
                    await world.UntilAsync<PodDisruptionBudget>("wa-default", "made", _ => true)
                : await world.UntilAsync<PodDisruptionBudgetV1Beta1>(
                    "wa-default",
                    "made",
                    _ => true
                )
        ).ShouldNotBeNull();
        await Eventually.True(
            "the pods are told",
            async () =>
                await world.SqlAsync<string>("select settings->>'leaseTtlMs' from wa.pool")
                == "3000"
        );
        var waiting = await world.UntilAsync<WhatsAppSessionPool>(
            "default",
            "says what it waits for",
            p => p.Status?.Conditions.Find("Ready")?.Reason == Reasons.ShardNotServing
        );
        waiting.Status!.Shards!.Desired.ShouldBe(2);
        await world.QuietAsync(seconds: 5);
    }

    [Fact]
    public async Task Caps_and_log_level_change_nothing_of_the_StatefulSet_and_a_stranger_s_change_is_undone()
    {
        await using var world = await World.StartAsync(output);
        await world.PoolAsync();
        var before = await world.UntilAsync<StatefulSet>("wa-default", "made", _ => true);
        await world.PatchAsync<WhatsAppSessionPool>(
            "default",
            """{"spec":{"perShard":{"sessions":7},"logLevel":"Debug"}}"""
        );
        await Eventually.True(
            "the pods are told",
            async () =>
                await world.SqlAsync<string>("select settings->>'logLevel' from wa.pool") == "Debug"
        );
        await world.UntilAsync<WhatsAppSessionPool>(
            "default",
            "the change is seen",
            p => p.Status?.Conditions.Find("Ready")?.ObservedGeneration == p.Metadata.Generation
        );
        await world.QuietAsync(seconds: 1);
        (
            await world.Client.GetAsync<StatefulSet>("wa-default", world.Ns)
        )!.Metadata.Generation.ShouldBe(before.Metadata.Generation);

        await world.PatchAsync<StatefulSet>("wa-default", """{"spec":{"replicas":9}}""");
        await world.UntilAsync<StatefulSet>(
            "wa-default",
            "one replica",
            s => s.Spec?.Replicas == 1
        );
    }

    [Fact]
    public async Task An_invalid_pool_is_refused_or_told_and_what_runs_continues()
    {
        await using var world = await World.StartAsync(output);
        await world.ServingPoolAsync();
        await world.TenantAsync();
        await world.SessionAsync("s", "491700000001");
        await world.UntilConnectedAsync("s");

        var taken = await world.BreakAsync<WhatsAppSessionPool>(
            "default",
            """{"spec":{"lease":{"actSeconds":2,"renewSeconds":2}}}""",
            "renewSeconds must be less than actSeconds"
        );

        if (taken)
        {
            var stalled = await world.UntilAsync<WhatsAppSessionPool>(
                "default",
                "stalled",
                p => p.Status?.Conditions.Find("Stalled")?.Reason == Reasons.InvalidSpec
            );
            stalled.Status!.Conditions.Find("Stalled")!.Message!.ShouldContain("renewSeconds");
        }
        (await world.Client.GetAsync<WhatsAppSession>("s", world.Ns))!.Status!.Phase.ShouldBe(
            SessionPhases.Connected
        );
    }

    [Fact]
    public async Task A_StatefulSet_of_someone_else_is_left_alone()
    {
        await using var world = await World.CreateAsync(output);
        await world.Client.CreateAsync(
            new Service
            {
                Metadata = new() { Name = "wa-default", Namespace = world.Ns },
                Spec = new()
                {
                    ClusterIP = "None",
                    Selector = new Dictionary<string, string> { ["x"] = "y" },
                },
            }
        );
        world.StartOperator();
        await world.PoolAsync();

        var stalled = await world.UntilAsync<WhatsAppSessionPool>(
            "default",
            "stalled",
            p => p.Status?.Conditions.Find("Stalled")?.Reason == Reasons.Conflict
        );
        stalled.Status!.Conditions.Find("Stalled")!.Message!.ShouldContain("wa-default");
        (
            await world.Client.GetAsync<Service>("wa-default", world.Ns)
        )!.Spec!.Selector!.Keys.ShouldBe(["x"]);
    }

    [Fact]
    public async Task A_pool_with_sessions_waits_with_its_deletion()
    {
        await using var world = await World.StartAsync(output);
        var (_, shards) = await world.ServingPoolAsync();
        await world.TenantAsync();
        await world.SessionAsync("s", "491700000001");
        await world.UntilConnectedAsync("s");

        await world.Client.DeleteAsync<WhatsAppSessionPool>("default", world.Ns);
        await world.UntilAsync<WhatsAppSessionPool>(
            "default",
            "says what it waits for",
            p => p.Status?.Conditions.Find("Ready")?.Reason == Reasons.SessionsRemain
        );
        (await world.Client.GetAsync<WhatsAppSession>("s", world.Ns))!.Status!.Phase.ShouldBe(
            SessionPhases.Connected
        );
        await world.Client.DeleteAsync<WhatsAppSession>("s", world.Ns);
        await world.UntilAsync<WhatsAppSessionPool>(
            "default",
            "waits for its pods",
            p => p.Status?.Conditions.Find("Ready")?.Reason == Reasons.ShardsRemain
        );
        await world.UntilAsync<StatefulSet>(
            "wa-default",
            "its pods are asked to end",
            s => s.Spec?.Replicas == 0
        );
        (await world.SqlAsync<long>("select count(*) from wa.pool")).ShouldBe(1);
        await shards[0].LeaveAsync();
        await world.GoneAsync<WhatsAppSessionPool>("default");
        (await world.SqlAsync<long>("select count(*) from wa.pool")).ShouldBe(0);
    }

    [Fact]
    public async Task A_new_template_replaces_one_pod_after_the_other_and_stops_at_a_bad_one()
    {
        await using var world = await World.StartAsync(output);
        var pool = await world.PoolAsync(shards: 2);
        var kubelet = new FakeStatefulSets(world, "wa-default");
        await kubelet.SetRevisionAsync("old");
        var shards = new List<FakeShard>();
        for (var i = 0; i < 2; i++)
        {
            var made = await kubelet.MakeAsync("old", i);
            shards.Add(world.StartShard(pool.Metadata.Uid!, i, made.Metadata.Uid));
        }
        await world.UntilAsync<WhatsAppSessionPool>(
            "default",
            "ready",
            p => p.Status?.Conditions.IsTrue("Ready") == true
        );

        await kubelet.SetRevisionAsync("new");
        await world.GoneAsync<Pod>("wa-default-1");
        await shards[1].LeaveAsync();
        await kubelet.MakeAsync("new", 1, broken: true);
        await world.UntilAsync<WhatsAppSessionPool>(
            "default",
            "the rollout stopped",
            p => p.Status?.Conditions.Find("Stalled")?.Reason == Reasons.RolloutStopped
        );
        await world.UntilEventAsync("default", Reasons.RolloutStopped);
        // The last thing that happens by itself: no one waits for the broken pod's shard any longer.
        await world.UntilAsync<WhatsAppSessionPool>(
            "default",
            "its shard was given up",
            p => p.Status?.ShardStates?.Any(s => s is { Ordinal: 1, State: "Lost" }) == true
        );
        await world.QuietAsync(seconds: 4);
        (await world.Client.GetAsync<Pod>("wa-default-0", world.Ns)).ShouldNotBeNull();

        // Put back, the broken pod is the outdated one, and serves no one.
        await kubelet.SetRevisionAsync("old");
        await world.GoneAsync<Pod>("wa-default-1");
        var again = await kubelet.MakeAsync("old", 1);
        world.StartShard(pool.Metadata.Uid!, 1, again.Metadata.Uid);
        await world.UntilAsync<WhatsAppSessionPool>(
            "default",
            "ready again",
            p => p.Status?.Conditions.IsTrue("Ready") == true
        );
        (await world.Client.GetAsync<Pod>("wa-default-0", world.Ns))!
            .Metadata.Label("controller-revision-hash")
            .ShouldBe("old");
    }

    [Fact]
    public async Task The_pool_of_the_chart_is_made_from_its_ConfigMap_and_goes_with_it()
    {
        await using var world = await World.CreateAsync(output);
        var spec = new JsonObject
        {
            ["databaseSecretRef"] = new JsonObject { ["name"] = "db", ["key"] = "dsn" },
            ["masterKeySecretRef"] = new JsonObject { ["name"] = "mk", ["key"] = "key" },
            ["perShard"] = new JsonObject { ["sessions"] = 5 },
        };
        var config = await world.Client.CreateAsync(
            new ConfigMap
            {
                Metadata = new() { Name = "wa-default-pool", Namespace = world.Ns },
                Data = new Dictionary<string, string>
                {
                    ["name"] = "default",
                    ["spec.json"] = spec.ToJsonString(),
                },
            }
        );
        world.StartOperator(o => o.DefaultPool.ConfigMap = "wa-default-pool");

        var pool = await world.UntilAsync<WhatsAppSessionPool>("default", "made", _ => true);
        pool.Spec.PerShard.Sessions.ShouldBe(5);
        pool.Metadata.Controller!.Uid.ShouldBe(config.Metadata.Uid);
        await world.UntilAsync<StatefulSet>("wa-default", "made", _ => true);
    }
}
