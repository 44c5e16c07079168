using Npgsql;
using WaOperator.Store.Gateway;

namespace WaOperator.Store.Tests;

/// <summary>A gateway that was broken into finds places and names, and nothing that is secret.</summary>
public sealed class GatewayRoleTests
{
    private static readonly SemaphoreSlim Roles = new(1);

    [Theory]
    [InlineData("select * from wa.tenant")]
    [InlineData("select * from wa.session")]
    [InlineData("select * from wa.session_key")]
    [InlineData("select * from wa.session_record")]
    [InlineData("select * from wa.session_event")]
    [InlineData("select * from wa.session_outbox")]
    [InlineData("select * from wa.session_state")]
    [InlineData("select * from wa.session_pairing")]
    [InlineData("select * from wa.tenant_key")]
    [InlineData("select * from wa.shard_lease")]
    [InlineData("select * from wa.session_owner")]
    [InlineData("select * from wa.installation")]
    [InlineData("delete from wa.session")]
    [InlineData("update wa.session_owner set pool_uid = null")]
    [InlineData("insert into wa.schema_version values (99, 'x')")]
    [InlineData("select wa.lease_take('pool-1', 1, 'pod-a', 'x', gen_random_uuid(), '1 s')")]
    [InlineData("select wa.session_claim(array[1]::bigint[], 'pool-1', 1, 1)")]
    [InlineData("select wa.tenant_take(1, array['\\x00'::bytea], 1, 1, 1)")]
    [InlineData("select wa.tenant_minute_take(1, 1, 1)")]
    [InlineData("select wa.tenant_day_take(1, 1, 1, 1, 0, 0)")]
    [InlineData("select wa.tenant_settings(1)")]
    [InlineData("select wa.master_key_fingerprint('\\x00')")]
    [InlineData("select secrets from wa.webhook")]
    [InlineData("select * from wa.webhook")]
    [InlineData("update wa.webhook set settings = '{}'")]
    [InlineData("select * from wa.webhook_parked")]
    [InlineData("select * from wa.webhook_replay")]
    [InlineData("select wa.webhook_challenged(1, 'x')")]
    [InlineData("select * from wa.box_key")]
    [InlineData("select wa.box_key_offer('\\x00', '\\x00')")]
    [InlineData("select wa.webhook_disable(1, 1, 'x', null)")]
    [InlineData("create table wa.mine (id int)")]
    [InlineData("select * from wa.audit_entry")]
    [InlineData("delete from wa.audit_entry")]
    [InlineData("update wa.audit_entry set who = 'another/key'")]
    [InlineData("select * from wa.stream_ticket")]
    [InlineData("select * from wa.consumer")]
    [InlineData("update wa.consumer set reader = 0")]
    [InlineData("select wa.journal_head(1)")]
    public async Task It_reads_no_key_and_no_message_and_writes_nothing(string sql)
    {
        await using var scene = await RoleScene.CreateAsync();
        await using var gateway = await LogInAsync(scene.World);
        await using var command = gateway.CreateCommand(sql);

        var refusal = await Should.ThrowAsync<PostgresException>(() =>
            command.ExecuteNonQueryAsync()
        );

        refusal.SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }

    [Fact]
    public async Task It_finds_whose_a_key_is_and_where_sessions_are_served()
    {
        await using var scene = await RoleScene.CreateAsync();
        await using var store = new GatewayStore(await LogInAsync(scene.World));
        var theirs = await scene.TenantAsync("theirs");
        await scene.World.Desired.PutApiKeysAsync(
            theirs,
            [
                [1, 2, 3],
            ]
        );

        (await store.Directory.FindHoldersAsync([1, 2, 3])).Single().Id.ShouldBe(theirs);
        SessionName[] names = [new("ns", "s-mine"), new("ns", "s-theirs"), new("ns", "none")];
        var places = await store.Places.ReadAsync(names);
        places.Count.ShouldBe(2);
        places[names[1]].ShouldBe(new ServedPlace(theirs, "pod-b", "ns"));

        await scene.World.StepClockAsync(StoreWorld.Ttl * 2);
        (await store.Places.ReadAsync(names))[names[1]].Pod.ShouldBeNull("its lease has run out");
    }

    [Fact]
    public async Task It_lists_the_sessions_of_a_tenant_page_by_page()
    {
        await using var world = await StoreWorld.CreateAsync();
        await using var store = new GatewayStore(await LogInAsync(world));
        var ids = await world.SessionsAsync(5, 0);
        var tenant = await world.Desired.PutTenantAsync(new("ns", "acme", false, "{}"));
        var other = await world.Desired.PutTenantAsync(new("ns", "other", false, "{}"));

        var first = await store.Sessions.ReadAsync([tenant], 0, 3);
        var second = await store.Sessions.ReadAsync([tenant], first[^1].Id, 3);

        first.Concat(second).Select(s => s.Id).ShouldBe(ids);
        first[0].Pool.ShouldBe("default");
        first[0].Phase.ShouldBeNull();
        (await store.Sessions.ReadAsync([other], 0, 10)).ShouldBeEmpty();
        var named = await store.Sessions.ReadAsync(
            [tenant],
            0,
            10,
            new(Namespace: "ns", Name: first[1].Name)
        );
        named.Single().Id.ShouldBe(first[1].Id);
        (await store.Sessions.ReadAsync([tenant], 0, 10, new(Phase: "Connected"))).ShouldBeEmpty();
    }

    [Fact]
    public async Task It_finds_the_session_of_a_number_among_the_tenants_that_it_names()
    {
        await using var world = await StoreWorld.CreateAsync();
        await using var store = new GatewayStore(await LogInAsync(world));
        var ids = await world.SessionsAsync(3, 0);
        var tenant = await world.Desired.PutTenantAsync(new("ns", "acme", false, "{}"));
        var other = await world.Desired.PutTenantAsync(new("ns", "other", false, "{}"));
        var one = (await store.Sessions.ReadAsync([tenant], 0, 3))[1];

        var found = await store.Phones.FindAsync([other, tenant], one.Phone);

        found.ShouldBe(new PhoneSession(new(one.Namespace, one.Name), tenant, false));
        (await store.Phones.FindAsync([other], one.Phone)).ShouldBeNull();
        (await store.Phones.FindAsync([tenant], one.Phone + "0")).ShouldBeNull();
        await using var retain = world.Admin.CreateCommand(
            $"update wa.session set desired = 'Retained' where id = {ids[1]}"
        );
        await retain.ExecuteNonQueryAsync();
        (await store.Phones.FindAsync([tenant], one.Phone)).ShouldBeNull();
    }

    [Fact]
    public async Task The_first_look_after_its_connections_died_finds_what_is_there()
    {
        await using var world = await StoreWorld.CreateAsync();
        await using var store = new GatewayStore(await LogInAsync(world));
        var tenant = await world.Desired.PutTenantAsync(new("ns", "acme", false, "{}"));
        // Several connections, which then wait in the pool.
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => store.Tenants.ReadAsync([tenant])));
        await using var end = world.Admin.CreateCommand(
            "select count(pg_terminate_backend(pid, 5000)) from pg_stat_activity where application_name = 'wa-gateway' and datname = current_database()"
        );
        ((long)(await end.ExecuteScalarAsync())!).ShouldBePositive();

        (await store.Tenants.ReadAsync([tenant])).Single().Name.ShouldBe("acme");
    }

    // The role belongs to the whole server, and PostgreSQL refuses to change one twice at the same moment.
    private static async Task<NpgsqlDataSource> LogInAsync(StoreWorld world)
    {
        await Roles.WaitAsync();
        try
        {
            await using var login = world.Admin.CreateCommand("alter role wa_gateway login");
            await login.ExecuteNonQueryAsync();
        }
        finally
        {
            Roles.Release();
        }
        return Database.ForGateway(
            world.ConnectionOfRole.Replace("wa_pod", "wa_gateway", StringComparison.Ordinal)
        );
    }
}
