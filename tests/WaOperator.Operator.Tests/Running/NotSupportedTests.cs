using WaOperator.Kubernetes.Objects;
using WaOperator.Resources;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Running;

/// <summary>What the schemas take and this version does not do is answered in condition and event.</summary>
public sealed class NotSupportedTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_field_without_effect_is_told_in_condition_and_event_until_it_is_removed()
    {
        await using var world = await World.StartAsync(output);
        await world.ServingPoolAsync();
        await world.TenantAsync();
        await world.SessionAsync("s", "491700000001");
        await world.UntilConnectedAsync("s");

        await world.PatchAsync<WhatsAppTenant>(
            "acme",
            """{"spec":{"webhooks":[{"url":"https://hooks.example.com/"}]}}"""
        );
        var tenant = await UntilTenantAsync("False", Reasons.NotSupported);
        tenant
            .Status!.Conditions.Find(ConditionTypes.Ready)!
            .Message!.ShouldContain("spec.webhooks");
        tenant.Status.Conditions.IsTrue(ConditionTypes.Stalled).ShouldBeTrue();
        await world.UntilEventAsync("acme", Reasons.NotSupported);
        (await world.UntilConnectedAsync("s")).Status!.Reason.ShouldBeNull();

        await world.PatchAsync<WhatsAppTenant>("acme", """{"spec":{"webhooks":null}}""");
        await UntilTenantAsync("True", Reasons.AsDeclared);

        Task<WhatsAppTenant> UntilTenantAsync(string status, string reason) =>
            world.UntilAsync<WhatsAppTenant>(
                "acme",
                $"Ready is {status} {reason}",
                t =>
                    t.Status?.Conditions.Find(ConditionTypes.Ready) is { } c
                    && c.Status == status
                    && c.Reason == reason
            );
    }
}
