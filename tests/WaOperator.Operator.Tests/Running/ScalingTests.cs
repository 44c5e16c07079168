using WaOperator.Kubernetes.Objects;
using WaOperator.Resources;
using WaOperator.Store.Pod;
using WaOperator.Testing;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Running;

/// <summary>Pools that grow and shrink, and shards that run out of memory.</summary>
public sealed class ScalingTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_pool_grows_while_sessions_wait_and_shrinks_after_a_calm_period()
    {
        await using var world = await World.CreateAsync(output);
        world.StartOperator(o => o.Scaling.CalmMinutes = 0.05);
        var (pool, _) = await world.ServingPoolAsync(shards: 1, sessionsPerShard: 2);
        await world.PatchAsync<WhatsAppSessionPool>(
            "default",
            """{"spec":{"shards":{"min":1,"max":3}}}"""
        );
        await world.TenantAsync();
        await SessionsAsync(world, 0, 2);
        await world.QuietAsync(seconds: 1);
        (await ReplicasAsync(world)).ShouldBe(1);

        await SessionsAsync(world, 2, 3);
        // A plan may see only some of the three: then the pool grows in two steps, the second once the first has come.
        await world.UntilAsync<WhatsAppSessionPool>(
            "default",
            "it grows",
            p => p.Status?.Shards?.Desired > 1
        );
        var second = world.StartShard(pool.Metadata.Uid!, 1);
        await UntilDesiredAsync(world, 3);
        FakeShard[] grown = [second, world.StartShard(pool.Metadata.Uid!, 2)];
        for (var i = 0; i < 5; i++)
            await world.UntilConnectedAsync($"s{i}");
        await world.UntilEventAsync("default", "Growing");

        // No one waits, but nor would two shards be enough with some room to spare.
        await world.QuietAsync(seconds: 4);
        (await ReplicasAsync(world)).ShouldBe(3);
        for (var i = 0; i < 4; i++)
            await world.Client.DeleteAsync<WhatsAppSession>($"s{i}", world.Ns);

        foreach (var shard in grown.Reverse())
        {
            var left = shard.Shard.Ordinal;
            await UntilDesiredAsync(world, left);
            await world.UntilAsync<StatefulSet>(
                "wa-default",
                $"{left} replicas, the last drained before",
                s => s.Spec?.Replicas == left
            );
            shard.Owned.ShouldBeEmpty();
            await shard.LeaveAsync();
        }
        await world.UntilEventAsync("default", "Shrinking");
        (await world.UntilConnectedAsync("s4")).Status!.Shard.ShouldBe(0);
    }

    [Fact]
    public async Task A_session_that_fits_no_shard_grows_nothing_and_blocks_nobody()
    {
        await using var world = await World.StartAsync(output);
        await world.ServingPoolAsync(shards: 1, sessionsPerShard: 5);
        await world.PatchAsync<WhatsAppSessionPool>(
            "default",
            """{"spec":{"shards":{"max":3},"perShard":{"memory":"10Mi"},"perSession":{"maxPriority":9}}}"""
        );
        await world.TenantAsync();
        await world.SessionAsync(
            "giant",
            "491700000099",
            s => s with { MemoryEstimate = new("11Mi"), Priority = 9 }
        );
        (
            await world.UntilSessionAsync("giant", ConditionTypes.Placed, "False")
        ).Status!.Reason.ShouldBe("TooLarge");
        await SessionsAsync(world, 0, 2);
        await world.UntilConnectedAsync("s0");
        await world.UntilConnectedAsync("s1");
        await world.QuietAsync(seconds: 2);
        (await ReplicasAsync(world)).ShouldBe(1);
    }

    [Fact]
    public async Task A_new_leader_keeps_the_size_that_the_last_one_grew_to()
    {
        await using var world = await World.CreateAsync(output);
        var first = world.StartOperator();
        var (pool, _) = await world.ServingPoolAsync(shards: 1, sessionsPerShard: 1);
        await world.PatchAsync<WhatsAppSessionPool>("default", """{"spec":{"shards":{"max":2}}}""");
        await world.TenantAsync();
        await SessionsAsync(world, 0, 2);
        await UntilDesiredAsync(world, 2);
        world.StartShard(pool.Metadata.Uid!, 1);
        await world.UntilConnectedAsync("s0");
        await world.UntilConnectedAsync("s1");
        await world.QuietAsync(seconds: 1);
        var before = (await world.WritesAsync()).Count;

        await World.StopAsync(first);
        world.StartOperator();

        await world.QuietAsync(seconds: 3);
        (await world.WritesAsync()).Count.ShouldBe(before);
        (await ReplicasAsync(world)).ShouldBe(2);
    }

    [Fact]
    public async Task A_shard_that_runs_out_of_memory_gives_up_its_least_important_session()
    {
        await using var world = await World.StartAsync(output);
        var (_, shards) = await world.ServingPoolAsync(shards: 1);
        await world.PatchAsync<WhatsAppSessionPool>(
            "default",
            """{"spec":{"perShard":{"memory":"10Mi"}}}"""
        );
        await world.TenantAsync();
        for (var i = 0; i < 3; i++)
        {
            var priority = i == 1 ? -5 : 0;
            await world.SessionAsync(
                $"s{i}",
                $"49170000000{i}",
                s => s with { Priority = priority }
            );
        }
        for (var i = 0; i < 3; i++)
            await world.UntilConnectedAsync($"s{i}");
        var owner = shards[0].Shard;
        var leaseEpoch = await world.SqlAsync<long>("select epoch from wa.shard_lease");
        var costs = new SessionCosts(world.Database);
        foreach (var id in shards[0].Owned)
            await costs.WriteAsync([new CountedCost(id, 1, 4 << 20, TimeSpan.FromMinutes(1))]);

        var reports = new ShardReports(world.Database);
        await Eventually.True(
            "two reports above the cap were seen, and acted on",
            async () =>
            {
                await reports.WriteAsync(new(owner, leaseEpoch, 3, 3, 12 << 20, 12 << 20));
                return await world.SqlAsync<long>("select count(*) from wa.placement") == 2;
            }
        );

        var evicted = await world.UntilSessionAsync(
            "s1",
            ConditionTypes.Placed,
            "False",
            "Evicted"
        );
        evicted.Status!.Phase.ShouldBe(SessionPhases.Unplaced);
        await world.UntilEventAsync("s1", "Evicted");
        await world.UntilConnectedAsync("s0");
        await world.UntilConnectedAsync("s2");
    }

    private static async Task SessionsAsync(World world, int from, int count)
    {
        for (var i = from; i < from + count; i++)
            await world.SessionAsync($"s{i}", $"49170000000{i}");
    }

    private static Task UntilDesiredAsync(World world, int shards) =>
        world.UntilAsync<WhatsAppSessionPool>(
            "default",
            $"it should have {shards} shards",
            p => p.Status?.Shards?.Desired == shards
        );

    private static async Task<int> ReplicasAsync(World world) =>
        (await world.Client.GetAsync<StatefulSet>("wa-default", world.Ns))!.Spec!.Replicas!.Value;
}
