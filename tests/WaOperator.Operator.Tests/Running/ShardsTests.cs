using WaOperator.Kubernetes.Objects;
using WaOperator.Resources;
using WaOperator.Testing;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Running;

/// <summary>What happens to sessions when their shards come and go.</summary>
public sealed class ShardsTests(ITestOutputHelper output)
{
    [Fact]
    public async Task The_sessions_of_a_crashed_shard_move_and_no_others()
    {
        await using var world = await World.StartAsync(output);
        var (_, shards) = await world.ServingPoolAsync(shards: 3);
        var before = await ConnectAsync(world, 9);
        var lost = before.Values.First();
        before.Values.ShouldContain(o => o != lost);

        await shards[lost].CrashAsync();

        foreach (var (name, ordinal) in before)
        {
            var session = await world.UntilAsync<WhatsAppSession>(
                name,
                "connected on a shard that lives",
                s => s.Status is { Phase: SessionPhases.Connected } st && st.Shard != lost
            );
            if (ordinal != lost)
                session.Status!.Shard.ShouldBe(ordinal);
            (session.Status!.Epoch).ShouldBe(ordinal == lost ? 2 : 1);
        }
        await world.UntilAsync<WhatsAppSessionPool>(
            "default",
            "it names the lost shard",
            p => p.Status?.ShardStates?[lost].State == "Lost"
        );
    }

    [Fact]
    public async Task The_sessions_of_a_shard_that_restarts_wait_for_it()
    {
        await using var world = await World.StartAsync(output);
        var (pool, shards) = await world.ServingPoolAsync(shards: 2);
        await world.PatchAsync<WhatsAppSessionPool>(
            "default",
            """{"spec":{"failoverAfterSeconds":60}}"""
        );
        var before = await ConnectAsync(world, 6);
        var leaving = before.Values.First();

        await shards[leaving].LeaveAsync();
        var away = before.First(b => b.Value == leaving).Key;
        var waiting = await world.UntilSessionAsync(away, ConditionTypes.Connected, "False");
        waiting.Status!.Reason.ShouldBe(Reasons.ShardNotServing);
        world.StartShard(pool.Metadata.Uid!, leaving);

        foreach (var (name, ordinal) in before)
            (await world.UntilConnectedAsync(name)).Status!.Shard.ShouldBe(ordinal);
    }

    [Fact]
    public async Task Without_another_shard_the_sessions_wait_and_continue_when_it_is_back()
    {
        await using var world = await World.StartAsync(output);
        var (pool, shards) = await world.ServingPoolAsync(shards: 1);
        await ConnectAsync(world, 2);
        await shards[0].CrashAsync();
        await world.UntilAsync<WhatsAppSessionPool>(
            "default",
            "its shard is lost",
            p => p.Status?.ShardStates?[0].State == "Lost"
        );
        (
            await world.UntilSessionAsync("s0", ConditionTypes.Connected, "False")
        ).Status!.Shard.ShouldBe(0);

        world.StartShard(pool.Metadata.Uid!, 0);

        await world.UntilConnectedAsync("s0");
        await world.UntilConnectedAsync("s1");
    }

    [Fact]
    public async Task A_shrinking_pool_drains_its_last_shard_before_it_takes_the_pod_away()
    {
        await using var world = await World.StartAsync(output);
        var (_, shards) = await world.ServingPoolAsync(shards: 3);
        var before = await ConnectAsync(world, 9);
        before.Values.ShouldContain(2);
        await world.UntilAsync<Kubernetes.Objects.StatefulSet>(
            "wa-default",
            "three replicas",
            s => s.Spec?.Replicas == 3
        );

        await world.PatchAsync<WhatsAppSessionPool>("default", """{"spec":{"shards":{"min":2}}}""");

        foreach (var (name, ordinal) in before)
        {
            var session = await world.UntilAsync<WhatsAppSession>(
                name,
                "connected on a shard that stays",
                s => s.Status is { Phase: SessionPhases.Connected, Shard: < 2 }
            );
            if (ordinal < 2)
                session.Status!.Shard.ShouldBe(ordinal);
            else
                session.Status!.Conditions![0].Reason.ShouldBe("Drained");
        }
        await world.UntilAsync<Kubernetes.Objects.StatefulSet>(
            "wa-default",
            "two replicas",
            s => s.Spec?.Replicas == 2
        );
        shards[2].Owned.ShouldBeEmpty();
    }

    [Fact]
    public async Task Adding_a_shard_and_deleting_a_session_move_nobody()
    {
        await using var world = await World.StartAsync(output);
        var (pool, _) = await world.ServingPoolAsync(shards: 2);
        var before = await ConnectAsync(world, 6);
        await world.PatchAsync<WhatsAppSessionPool>("default", """{"spec":{"shards":{"min":3}}}""");
        world.StartShard(pool.Metadata.Uid!, 2);
        await world.UntilAsync<WhatsAppSessionPool>(
            "default",
            "three serve",
            p => p.Status?.Shards?.Serving == 3
        );
        await world.Client.DeleteAsync<WhatsAppSession>("s0", world.Ns);
        await world.GoneAsync<WhatsAppSession>("s0");
        await world.QuietAsync(seconds: 2);
        foreach (var (name, ordinal) in before.Where(b => b.Key != "s0"))
        {
            var status = (await world.Client.GetAsync<WhatsAppSession>(name, world.Ns))!.Status!;
            status.Shard.ShouldBe(ordinal);
            status.Epoch.ShouldBe(1);
        }
    }

    [Fact]
    public async Task Kubelet_s_word_ends_the_lease_of_a_crashed_pod_before_it_runs_out()
    {
        await using var world = await World.StartAsync(output);
        // So long a lease that no one waits for its end here.
        var pool = await world.PoolAsync();
        await world.PatchAsync<WhatsAppSessionPool>(
            "default",
            """{"spec":{"lease":{"ttlSeconds":600,"silentSeconds":600},"failoverAfterSeconds":600}}"""
        );
        var kubelet = new FakeStatefulSets(world, "wa-default");
        await kubelet.SetRevisionAsync("one");
        var pod = await kubelet.MakeAsync("one", 0);
        var crashed = world.StartShard(
            pool.Metadata.Uid!,
            0,
            pod.Metadata.Uid,
            TimeSpan.FromSeconds(600)
        );
        await world.TenantAsync();
        await world.SessionAsync("s", "491700000001");
        await world.UntilConnectedAsync("s");
        await crashed.CrashAsync();

        await kubelet.TerminateAsync(0);

        await Eventually.True(
            "the lease was ended",
            async () => await world.SqlAsync<string>("select state from wa.shard_lease") == "Ended"
        );
        await kubelet.RemoveAsync(0);
        var next = await kubelet.MakeAsync("one", 0);
        world.StartShard(pool.Metadata.Uid!, 0, next.Metadata.Uid);
        (await world.UntilConnectedAsync("s")).Status!.Epoch.ShouldBe(2);
    }

    [Fact]
    public async Task An_old_pod_that_still_renews_is_asked_to_step_down()
    {
        await using var world = await World.StartAsync(output);
        var (pool, shards) = await world.ServingPoolAsync();
        var kubelet = new FakeStatefulSets(world, "wa-default");
        await kubelet.SetRevisionAsync("one");

        var pod = await kubelet.MakeAsync("one", 0);

        await Eventually.True(
            "the old pod was asked",
            async () =>
                await world.SqlAsync<string>("select step_down_for from wa.shard_lease")
                == pod.Metadata.Uid
        );
        await world.UntilAsync<WhatsAppSessionPool>(
            "default",
            "it says so",
            p => p.Status?.Conditions.Find("Ready")?.Reason == Reasons.ShardHeldByOldPod
        );
        await shards[0].LeaveAsync();
        world.StartShard(pool.Metadata.Uid!, 0, pod.Metadata.Uid);
        await world.UntilAsync<WhatsAppSessionPool>(
            "default",
            "ready",
            p => p.Status?.Conditions.IsTrue("Ready") == true
        );
    }

    [Fact]
    public async Task A_pod_that_merely_bears_an_ordinal_s_name_may_not_take_its_lease()
    {
        await using var world = await World.StartAsync(output);
        var pool = await world.PoolAsync(shards: 2);
        world.StartShard(pool.Metadata.Uid!, 0);
        await world.UntilAsync<WhatsAppSessionPool>(
            "default",
            "shard 0 serves",
            p => p.Status?.Shards?.Serving == 1
        );
        var kubelet = new FakeStatefulSets(world, "wa-default");
        await kubelet.SetRevisionAsync("one");

        var foreign = await world.Client.CreateAsync(
            new Pod
            {
                Metadata = new()
                {
                    Name = "wa-default-0",
                    Namespace = world.Ns,
                    Labels = new Dictionary<string, string> { [Labels.Pool] = "default" },
                },
                Spec = new()
                {
                    Containers = [new() { Name = "session-pod", Image = "somebody:else" }],
                },
            }
        );
        var own = await kubelet.MakeAsync("one", 1);

        // Made later and looked at later: by then the other was seen.
        await Eventually.True(
            "the StatefulSet's pod may take the lease of shard 1",
            async () => await RegisteredAsync(own) == 1
        );
        (await RegisteredAsync(foreign)).ShouldBe(0);
        (await world.SqlAsync<string>("select step_down_for from wa.shard_lease")).ShouldBeNull(
            "nothing waits for the lease of shard 0"
        );

        Task<long> RegisteredAsync(Pod pod) =>
            world.SqlAsync<long>(
                $"select count(*) from wa.shard_pod where pod_uid = '{pod.Metadata.Uid}'"
            );
    }

    /// <summary>Sessions s0 to sN, connected; the shard of each.</summary>
    private static async Task<Dictionary<string, int>> ConnectAsync(World world, int count)
    {
        await world.TenantAsync();
        var names = Enumerable.Range(0, count).Select(i => $"s{i}").ToList();
        foreach (var (i, name) in names.Index())
            await world.SessionAsync(name, $"49170000000{i}");
        var shards = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var name in names)
            shards[name] = (await world.UntilConnectedAsync(name)).Status!.Shard!.Value;
        return shards;
    }
}
