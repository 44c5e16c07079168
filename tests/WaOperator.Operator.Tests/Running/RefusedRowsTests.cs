using WaOperator.Kubernetes.Objects;
using WaOperator.Resources;
using WaOperator.Testing;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Running;

/// <summary>What PostgreSQL refuses to store of one object holds up no other.</summary>
public sealed class RefusedRowsTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_session_that_PostgreSQL_refuses_is_told_so_and_the_others_are_stored()
    {
        await using var world = await World.CreateAsync(output);
        var first = world.StartOperator();
        await world.ServingPoolAsync();
        await world.TenantAsync();
        await world.SessionAsync("before", "491700000001");
        await world.UntilConnectedAsync("before");
        await RefuseAsync(world, "session", "device_name <> 'refused'");
        await World.StopAsync(first);

        // One batch of the next leader.
        await world.PatchAsync<WhatsAppSession>("before", DeviceName("refused"));
        foreach (var i in Enumerable.Range(2, 5))
            await world.SessionAsync($"s{i}", $"49170000000{i}");
        await world.SessionAsync(
            "bad",
            "491700000009",
            s => s with { Pairing = s.Pairing with { DeviceName = "refused" } }
        );
        world.StartOperator();

        foreach (var i in Enumerable.Range(2, 5))
            await world.UntilConnectedAsync($"s{i}");
        var bad = await world.UntilSessionAsync(
            "bad",
            ConditionTypes.Stalled,
            "True",
            Reasons.ValueRefused
        );
        bad.Status!.Message!.ShouldContain("a value that is refused");
        await world.UntilEventAsync("bad", Reasons.ValueRefused);
        var before = await world.UntilSessionAsync(
            "before",
            ConditionTypes.Ready,
            "False",
            Reasons.ValueRefused
        );
        before.Status!.Phase.ShouldBe(SessionPhases.Connected, "it keeps running as it was");

        await world.PatchAsync<WhatsAppSession>("bad", DeviceName("fine"));
        await world.PatchAsync<WhatsAppSession>("before", DeviceName("fine"));
        await world.UntilConnectedAsync("bad");
        await world.UntilSessionAsync("before", ConditionTypes.Ready, "True", Reasons.AsDeclared);
    }

    [Fact]
    public async Task A_session_that_is_refused_and_not_stored_keeps_its_number_from_no_other_and_can_be_deleted()
    {
        await using var world = await World.StartAsync(output);
        await world.ServingPoolAsync();
        await world.TenantAsync();
        await Eventually.True(
            "the schema is there",
            async () =>
                await world.SqlAsync<string>("select to_regclass('wa.session')::text") is not null
        );
        await RefuseAsync(world, "session", "device_name <> 'refused'");
        await world.SessionAsync(
            "bad",
            "491700000001",
            s => s with { Pairing = s.Pairing with { DeviceName = "refused" } }
        );
        await world.UntilSessionAsync("bad", ConditionTypes.Stalled, "True", Reasons.ValueRefused);

        await world.SessionAsync("good", "491700000001");
        await world.UntilConnectedAsync("good");
        await world.Client.DeleteAsync<WhatsAppSession>("bad", world.Ns);
        await world.GoneAsync<WhatsAppSession>("bad");
    }

    [Fact]
    public async Task A_tenant_that_PostgreSQL_refuses_is_told_so_with_its_sessions_and_the_others_are_stored()
    {
        await using var world = await World.StartAsync(output);
        await world.ServingPoolAsync();
        await RefuseAsync(
            world,
            "tenant",
            "not coalesce(settings::text like '%491600000000%', false)"
        );
        await world.TenantAsync(
            "bad",
            new() { PhoneRules = new() { BlockedNumbers = ["491600000000"] } }
        );
        await world.TenantAsync();
        await world.SessionAsync("a", "491700000001", tenant: "bad");
        await world.SessionAsync("b", "491700000002");

        await world.UntilConnectedAsync("b");
        await world.UntilSessionAsync("a", ConditionTypes.Stalled, "True", Reasons.ValueRefused);
        await world.UntilAsync<WhatsAppTenant>(
            "bad",
            "it says so",
            t => t.Status?.Conditions.Find(ConditionTypes.Ready)?.Reason == Reasons.ValueRefused
        );
        await world.UntilEventAsync("bad", Reasons.ValueRefused);

        await world.PatchAsync<WhatsAppTenant>("bad", """{"spec":{"phoneRules":null}}""");
        await world.UntilConnectedAsync("a");
        await world.UntilAsync<WhatsAppTenant>(
            "bad",
            "all is well",
            t => t.Status?.Conditions.Find(ConditionTypes.Ready)?.Reason == Reasons.AsDeclared
        );
    }

    private static string DeviceName(string name) =>
        $$$"""{"spec":{"pairing":{"deviceName":"{{{name}}}"} } }""";

    /// <summary>As PostgreSQL itself refuses some text, such as U+0000.</summary>
    private static Task RefuseAsync(World world, string table, string allowed) =>
        world.SqlAsync<object>(
            $"alter table wa.{table} add constraint \"a value that is refused\" check ({allowed})"
        );
}
