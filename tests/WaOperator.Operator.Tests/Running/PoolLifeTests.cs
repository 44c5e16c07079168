using WaOperator.Resources;
using WaOperator.Testing;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Running;

/// <summary>A pool whose object goes without the operator's consent.</summary>
public sealed class PoolLifeTests(ITestOutputHelper output)
{
    [Fact]
    public async Task The_sessions_of_a_dead_shard_are_taken_over_after_their_pool_was_made_again()
    {
        await using var world = await World.StartAsync(output);
        var (pool, shards) = await world.ServingPoolAsync();
        await world.TenantAsync();
        await world.SessionAsync("s", "491700000001");
        await world.UntilConnectedAsync("s");

        await shards[0].CrashAsync();
        var next = await ReplaceAsync(world);
        next.Metadata.Uid.ShouldNotBe(pool.Metadata.Uid);
        world.StartShard(next.Metadata.Uid!, 0);

        await world.UntilAsync<WhatsAppSession>(
            "s",
            "connected on the new pool's shard",
            s => s.Status is { Phase: SessionPhases.Connected, Epoch: 2 }
        );
        (
            await world.SqlAsync<string>(
                $"select state from wa.shard_lease where pool_uid = '{pool.Metadata.Uid}'"
            )
        ).ShouldBe("Revoked");
    }

    [Fact]
    public async Task A_shard_that_lives_on_without_its_pool_keeps_its_sessions_and_that_is_told()
    {
        await using var world = await World.StartAsync(output);
        var (_, shards) = await world.ServingPoolAsync();
        await world.TenantAsync();
        await world.SessionAsync("s", "491700000001");
        await world.UntilConnectedAsync("s");
        // It does not look at what is placed on it any more, as one whose way to the placement is cut; its lease it renews.
        shards[0].Deaf = true;

        var next = await ReplaceAsync(world);
        world.StartShard(next.Metadata.Uid!, 0);

        var held = await world.UntilSessionAsync(
            "s",
            ConditionTypes.Connected,
            "False",
            Reasons.OwnerRemains
        );
        held.Status!.Message!.ShouldContain("may still act");
        held.Status.Epoch.ShouldBe(1);
        await world.UntilEventAsync("s", Reasons.OwnerRemains);
        await shards[0].LeaveAsync();
        await world.UntilConnectedAsync("s");
    }

    /// <summary>The pool's finalizer is taken off, and a pool of the same name follows.</summary>
    private static async Task<WhatsAppSessionPool> ReplaceAsync(World world)
    {
        await world.Client.DeleteAsync<WhatsAppSessionPool>("default", world.Ns);
        await Eventually.True(
            "the pool is gone",
            async () =>
            {
                if (await world.Client.GetAsync<WhatsAppSessionPool>("default", world.Ns) is null)
                    return true;
                await world.PatchAsync<WhatsAppSessionPool>(
                    "default",
                    """{"metadata":{"finalizers":null}}"""
                );
                return false;
            }
        );
        // Kubernetes' own controllers would remove what the pool owned.
        await world.Server.KubectlAsync(
            "",
            "delete",
            "statefulset,service,poddisruptionbudget",
            "--all",
            "--namespace",
            world.Ns
        );
        return await world.PoolAsync();
    }
}
