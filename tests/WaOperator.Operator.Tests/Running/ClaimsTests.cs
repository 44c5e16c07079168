using WaOperator.Resources;
using WaOperator.Store;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Running;

/// <summary>Whose a number is, and whose the keys of a session that is gone.</summary>
public sealed class ClaimsTests(ITestOutputHelper output)
{
    private const string Phone = "491700000001";

    [Fact]
    public async Task A_tenant_that_was_made_again_does_not_get_the_keys_that_the_former_one_kept()
    {
        await using var world = await World.StartAsync(output);
        await world.ServingPoolAsync();
        await world.TenantAsync();
        await world.SessionAsync(
            "s",
            Phone,
            s => s with { DeletionPolicy = DeletionPolicies.Retain }
        );
        await world.UntilConnectedAsync("s");
        var kept = await world.SqlAsync<long>("select id from wa.session");

        await world.Client.DeleteAsync<WhatsAppSession>("s", world.Ns);
        await world.GoneAsync<WhatsAppSession>("s");
        await world.Client.DeleteAsync<WhatsAppTenant>("acme", world.Ns);
        await world.GoneAsync<WhatsAppTenant>("acme");
        await world.TenantAsync();
        await world.SessionAsync("s", Phone);
        await world.UntilConnectedAsync("s");

        (
            await world.SqlAsync<long>("select id from wa.session where desired = 'Active'")
        ).ShouldNotBe(kept);
        (
            await world.SqlAsync<string>($"select desired from wa.session where id = {kept}")
        ).ShouldBe("Retained");
    }

    [Fact]
    public async Task A_session_that_is_not_paired_gives_its_number_up_after_a_while_and_a_paired_one_never()
    {
        await using var world = await World.CreateAsync(output);
        // Sessions are as old as they become in this test.
        world.StartOperator(o => o.Claims.UnpairedHours = 0.5 / 3600, isValid: false);
        var (_, shards) = await world.ServingPoolAsync();
        shards[0].Script = (a, write) =>
            a.Name == "first"
                ? FakeShard.State(a, write.Epoch, SessionPhase.PairingExpired, paired: false)
                : write;
        await world.TenantAsync();
        await world.SessionAsync("first", Phone);
        await world.UntilSessionAsync(
            "first",
            ConditionTypes.Connected,
            "False",
            Reasons.PairingExpired
        );

        await world.SessionAsync("second", Phone);
        await world.UntilConnectedAsync("second");
        await world.UntilSessionAsync("first", ConditionTypes.Ready, "False", Reasons.Conflict);

        await world.Client.DeleteAsync<WhatsAppSession>("first", world.Ns);
        await world.GoneAsync<WhatsAppSession>("first");
        await world.SessionAsync("third", Phone);
        await world.UntilSessionAsync("third", ConditionTypes.Ready, "False", Reasons.Conflict);
        (await world.Client.GetAsync<WhatsAppSession>("second", world.Ns))!.Status!.Phase.ShouldBe(
            SessionPhases.Connected
        );
    }
}
