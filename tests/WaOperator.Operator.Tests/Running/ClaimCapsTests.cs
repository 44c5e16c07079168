using WaOperator.Kubernetes.Objects;
using WaOperator.Resources;
using WaOperator.Testing;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Running;

/// <summary>What one session may claim of its pool, on a real API server and a real PostgreSQL.</summary>
public sealed class ClaimCapsTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_session_that_claims_more_than_its_pool_allows_is_placed_by_the_bound_and_says_so()
    {
        await using var world = await World.StartAsync(output);
        await world.ServingPoolAsync(shards: 1, sessionsPerShard: 1);
        await PatchPoolAsync(
            """{"perShard":{"memory":"10Mi"},"perSession":{"maxMemoryEstimate":"1Mi"}}"""
        );
        await world.TenantAsync();
        // By its own word it would fit no shard.
        await world.SessionAsync(
            "greedy",
            "491700000001",
            s => s with { MemoryEstimate = new("100Mi") }
        );

        await UntilCappedAsync("greedy", "memoryEstimate 100Mi counts as 1Mi");
        await world.UntilEventAsync("greedy", Reasons.ClaimCapped);
        var greedy = await world.UntilSessionAsync(
            "greedy",
            ConditionTypes.Ready,
            "True",
            Reasons.ClaimCapped
        );
        greedy.Status!.Conditions.IsTrue(ConditionTypes.Connected).ShouldBeTrue();

        await world.SessionAsync("first", "491700000002");
        await world.UntilSessionAsync("first", ConditionTypes.Placed, "False", "NoCapacity");
        await world.SessionAsync("pushy", "491700000003", s => s with { Priority = 9 });
        await world.UntilSessionAsync("pushy", ConditionTypes.Placed, "False", "NoCapacity");
        await UntilCappedAsync("pushy", "priority 9 counts as 0");
        await PatchPoolAsync("""{"perShard":{"sessions":2}}""");
        var first = await world.UntilConnectedAsync("first");
        first.Status!.Conditions.Find(ConditionTypes.Capped).ShouldBeNull();
        (
            await world.UntilSessionAsync("pushy", ConditionTypes.Placed, "False", "NoCapacity")
        ).Status!.Shard.ShouldBeNull();

        await PatchPoolAsync("""{"perSession":{"maxPriority":9}}""");
        await world.UntilAsync<WhatsAppSession>(
            "pushy",
            "all of its claim counts",
            s => s.Status?.Conditions.Find(ConditionTypes.Capped) is null
        );
        await world.SessionAsync("second", "491700000004");
        await world.UntilSessionAsync("second", ConditionTypes.Placed, "False", "NoCapacity");
        await world.PatchAsync<WhatsAppSession>("second", """{"spec":{"priority":1}}""");
        await PatchPoolAsync("""{"perShard":{"sessions":3}}""");
        await world.UntilSessionAsync("pushy", ConditionTypes.Ready, "True", Reasons.AsDeclared);
        (
            await world.Client.GetAsync<WhatsAppSession>("second", world.Ns)
        )!.Status!.Shard.ShouldBeNull();

        Task PatchPoolAsync(string spec) =>
            world.PatchAsync<WhatsAppSessionPool>("default", $$"""{"spec":{{spec}}}""");
        Task UntilCappedAsync(string name, string what) =>
            world.UntilAsync<WhatsAppSession>(
                name,
                what,
                s =>
                    s.Status?.Conditions.Find(ConditionTypes.Capped)
                        is { IsTrue: true, Message: { } message }
                    && message.Contains(what, StringComparison.Ordinal)
            );
    }
}
