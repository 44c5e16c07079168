using WaOperator.Store.Operator;
using WaOperator.Store.Pod;

namespace WaOperator.Store.Tests;

/// <summary>Kept keys and API keys belong to a tenant object, not to its name.</summary>
public sealed class TenantTests
{
    private static readonly byte[] ApiKey = [1, 2, 3];

    [Fact]
    public async Task The_same_tenant_gets_its_kept_keys_back()
    {
        await using var world = await StoreWorld.CreateAsync();
        var (tenant, session) = await RetainedAsync(world, "first");

        (await IsAnotherAsync(world, "first")).ShouldBeFalse();
        (await world.Desired.PutTenantAsync(Tenant("first"))).ShouldBe(tenant);
        (await DeclareAsync(world, tenant, "uid-2")).ShouldBe(session);
    }

    [Fact]
    public async Task A_tenant_that_was_made_again_gets_neither_kept_keys_nor_API_keys()
    {
        await using var world = await StoreWorld.CreateAsync();
        var (tenant, session) = await RetainedAsync(world, "first");
        await world.Desired.PutApiKeysAsync(tenant, [ApiKey]);

        (await IsAnotherAsync(world, "second")).ShouldBeTrue();
        var next = await world.Desired.PutTenantAsync(Tenant("second"), another: true);

        next.ShouldNotBe(tenant);
        (await DeclareAsync(world, next, "uid-2")).ShouldNotBe(session);
        (await new ApiDirectory(world.Pod).FindHoldersAsync(ApiKey)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_tenant_whose_sessions_are_there_still_is_the_same()
    {
        await using var world = await StoreWorld.CreateAsync();
        var tenant = await world.Desired.PutTenantAsync(Tenant("first"));
        await DeclareAsync(world, tenant, "uid-1");

        (await IsAnotherAsync(world, "second", "uid-1")).ShouldBeFalse();
        (await IsAnotherAsync(world, "second", "uid-2")).ShouldBeTrue();
        (await world.Desired.PutTenantAsync(Tenant("second"))).ShouldBe(tenant);
        (await IsAnotherAsync(world, "second")).ShouldBeFalse();
    }

    [Fact]
    public async Task API_keys_end_with_the_tenant_though_its_sessions_keys_are_kept()
    {
        await using var world = await StoreWorld.CreateAsync();
        var (tenant, _) = await RetainedAsync(world, "first");
        await world.Desired.PutApiKeysAsync(tenant, [ApiKey]);

        await world.Desired.RemoveTenantAsync("ns", "acme");

        (await new ApiDirectory(world.Pod).FindHoldersAsync(ApiKey)).ShouldBeEmpty();
        (await world.Desired.PutTenantAsync(Tenant("first"))).ShouldBe(tenant);
    }

    [Fact]
    public async Task Kept_keys_end_after_their_time_and_gone_tenants_with_the_last_of_them()
    {
        await using var world = await StoreWorld.CreateAsync();
        await RetainedAsync(world, "first");
        await world.Desired.PutTenantAsync(Tenant("second"), another: true);
        (await world.Desired.ExpireRetainedAsync(TimeSpan.FromDays(1))).ShouldBe(0);
        (await CountAsync(world, "wa.tenant")).ShouldBe(2);
        await using (
            var age = world.Admin.CreateCommand(
                "update wa.session set retained_at = retained_at - interval '2 days'"
            )
        )
            await age.ExecuteNonQueryAsync();

        (await world.Desired.ExpireRetainedAsync(TimeSpan.FromDays(1))).ShouldBe(1);

        (await CountAsync(world, "wa.session")).ShouldBe(0);
        (await CountAsync(world, "wa.tenant")).ShouldBe(1);
    }

    [Fact]
    public async Task Adopted_keys_do_not_expire()
    {
        await using var world = await StoreWorld.CreateAsync();
        var (tenant, _) = await RetainedAsync(world, "first");
        await DeclareAsync(world, tenant, "uid-2");
        (await world.Desired.ExpireRetainedAsync(TimeSpan.Zero)).ShouldBe(0);
        (await CountAsync(world, "wa.session where retained_at is null")).ShouldBe(1);
    }

    private static TenantRow Tenant(string uid) => new("ns", "acme", false, "{}") { Uid = uid };

    private static Task<bool> IsAnotherAsync(
        StoreWorld world,
        string uid,
        params string[] sessions
    ) => world.Desired.IsAnotherTenantAsync(Tenant(uid), sessions);

    private static async Task<(long Tenant, long Session)> RetainedAsync(
        StoreWorld world,
        string uid
    )
    {
        var tenant = await world.Desired.PutTenantAsync(Tenant(uid));
        var session = await DeclareAsync(world, tenant, "uid-1");
        await world.Desired.RetainSessionAsync(session);
        return (tenant, session);
    }

    private static async Task<long> DeclareAsync(StoreWorld world, long tenant, string uid) =>
        (await world.Desired.PutSessionsAsync([StoreWorld.Row(uid, tenant, "491700000001")]))
            .Single()
            .Id!.Value;

    private static async Task<long> CountAsync(StoreWorld world, string from)
    {
        await using var command = world.Admin.CreateCommand($"select count(*) from {from}");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
