using Npgsql;
using WaOperator.Domain;
using WaOperator.Store.Pod;

namespace WaOperator.Store.Tests;

/// <summary>A pod that was broken into has the connection string of all pods, and its own shard's sessions alone.</summary>
public sealed class RoleTests
{
    [Fact]
    public async Task A_pod_does_its_own_sessions_and_sees_no_others()
    {
        await using var scene = await RoleScene.CreateAsync();
        foreach (
            var table in (string[])
                [
                    "session_key",
                    "session_record",
                    "session_event",
                    "session_handled",
                    "session_outbox",
                    "session_chat",
                    "session_chat_flag",
                    "session_contact",
                    "session_receipt",
                    "session_past",
                    "session_broadcast",
                    "session_broadcast_recipient",
                    "session_archive",
                    "session_key_archive",
                    "session_state",
                    "session_pairing",
                    "session",
                    "placement",
                    "tenant_key",
                    "tenant",
                ]
        )
        {
            (await scene.CountAsync(scene.Mine, table)).ShouldBe(1, $"{table} of the own shard");
            (await scene.CountAsync(scene.Stranger, table)).ShouldBe(0, $"{table} of no shard");
            (await scene.CountAsync(scene.World.Admin, table)).ShouldBe(2, $"{table} in all");
        }
    }

    /// <summary>On a table of one's own it would run with the rights of the schema's owner.</summary>
    [Fact]
    public async Task No_trigger_function_that_acts_for_another_can_be_used_by_everyone()
    {
        await using var world = await StoreWorld.CreateAsync();
        await using var command = world.Admin.CreateCommand(
            """
            select p.oid::regprocedure::text from pg_proc p
             where p.pronamespace = 'wa'::regnamespace and p.prosecdef and p.prorettype = 'trigger'::regtype
               and has_function_privilege('public', p.oid, 'execute')
            """
        );
        (await command.ExecuteScalarAsync()).ShouldBeNull();
    }

    [Theory]
    [InlineData("delete from wa.session_outbox")]
    [InlineData("delete from wa.session_chat")]
    [InlineData("update wa.session_chat_flag set muted = true")]
    [InlineData("update wa.session_contact set ciphertext = ''")]
    [InlineData("delete from wa.session_receipt")]
    [InlineData("delete from wa.session_past")]
    [InlineData("update wa.session_broadcast set state = 1")]
    [InlineData("delete from wa.session_broadcast_recipient")]
    [InlineData("delete from wa.session_key")]
    [InlineData("update wa.session_archive set phone = null")]
    [InlineData("delete from wa.session_key_archive")]
    [InlineData("delete from wa.session_event")]
    [InlineData("update wa.session_record set ciphertext = ''")]
    [InlineData("update wa.session_state set phase = 'Banned'")]
    [InlineData("delete from wa.session_pairing")]
    public async Task What_a_pod_changes_of_all_changes_its_own_alone(string sql)
    {
        await using var scene = await RoleScene.CreateAsync();
        await using var command = scene.Mine.CreateCommand(sql);
        (await command.ExecuteNonQueryAsync()).ShouldBe(1);
        await using var other = scene.Stranger.CreateCommand(sql);
        (await other.ExecuteNonQueryAsync()).ShouldBe(0);
    }

    [Theory]
    [InlineData("insert into wa.session_key values (THEIRS, 'a', 'b', 1, '')")]
    [InlineData(
        "insert into wa.session_outbox values (THEIRS, default, now(), null, 0, 1, 1, 'x', '')"
    )]
    [InlineData("insert into wa.session_event values (THEIRS, 99, now(), 1, 'x', '')")]
    [InlineData("insert into wa.session_chat values (THEIRS, '', now(), 0, 1, '')")]
    [InlineData("insert into wa.session_chat_flag values (THEIRS, '', true)")]
    [InlineData("insert into wa.session_contact values (THEIRS, '', 0, 1, 1, '')")]
    [InlineData(
        "insert into wa.session_past (session_id, ref, chat, at, key_version, ciphertext) values (THEIRS, '', 1, now(), 1, '')"
    )]
    [InlineData(
        "select wa.past_put(array[THEIRS]::bigint[], array[''::bytea], array[1]::bigint[], array[now()], array[1], array[''::bytea], array[null]::text[], 1)"
    )]
    [InlineData("update wa.session_past set ciphertext = ''")]
    [InlineData("insert into wa.session_receipt values (THEIRS, 1, '', null, null, null, 1, '')")]
    [InlineData(
        "insert into wa.session_broadcast (session_id, id, state, key_version, ciphertext) values (THEIRS, 'x', 0, 1, '')"
    )]
    [InlineData(
        "insert into wa.session_broadcast_recipient (session_id, message, broadcast, key_version, ciphertext) values (THEIRS, 'x', 'b', 1, '')"
    )]
    [InlineData("update wa.session_key set session_id = THEIRS")]
    [InlineData("insert into wa.tenant_key select tenant_id, 2, '' from wa.session")]
    [InlineData("insert into wa.tenant_key values (THEIR_TENANT, 1, '')")]
    [InlineData("insert into wa.shard_report values ('pool-1', 1, 1, 0, 0, 0, now(), 0)")]
    [InlineData("update wa.session_owner set epoch = epoch + 1000")]
    [InlineData("select 1 from wa.session_owner for update")]
    [InlineData("delete from wa.session_owner")]
    [InlineData("update wa.shard_lease set state = 'Revoked'")]
    [InlineData("select process from wa.shard_lease")]
    [InlineData("select pod_uid from wa.shard_lease")]
    [InlineData("select step_down_for from wa.shard_lease")]
    [InlineData("select * from wa.shard_pod")]
    [InlineData("insert into wa.shard_pod values ('pool-1', 1, 'pod-z')")]
    [InlineData("delete from wa.lease_epoch")]
    [InlineData("select api_keys from wa.tenant")]
    [InlineData("update wa.tenant set api_keys = '{}'")]
    [InlineData("select wa.pool_remove('pool-1')")]
    [InlineData("select wa.installation_take('x', 'y')")]
    [InlineData("select wa.session_claim_unproven(array[THEIRS]::bigint[], 'pool-1', 1, 1)")]
    [InlineData("select wa.lease_take('pool-1', 1, 'pod-a', 'x', gen_random_uuid(), '1 s', null)")]
    [InlineData("select wa.tenant_take(THEIR_TENANT, array['\\x00'::bytea], 1, 1, 1)")]
    [InlineData("select wa.tenant_minute_take(THEIR_TENANT, 1, 1)")]
    [InlineData("select wa.tenant_day_take(THEIR_TENANT, 1, 1, 1, 0, 0)")]
    [InlineData("select wa.tenant_serving(THEIR_TENANT)")]
    [InlineData("select api_key_sources from wa.tenant")]
    [InlineData("select * from wa.limited_api_key")]
    [InlineData("update wa.limited_api_key set scopes = null")]
    [InlineData("select wa.tenant_take_unproven(1, array['\\x00'::bytea], 1, 1, 1)")]
    [InlineData("select * from wa.tenant_day")]
    [InlineData("delete from wa.tenant_minute")]
    [InlineData("select identity from wa.installation")]
    [InlineData("select wa.seal('{1}')")]
    [InlineData("select key from wa.seal_key")]
    [InlineData("select pg_terminate_backend(pid) from pg_stat_activity")]
    [InlineData("select pg_cancel_backend(pid) from pg_stat_activity")]
    public async Task What_is_not_its_own_is_refused_to_a_pod(string sql)
    {
        await using var scene = await RoleScene.CreateAsync();
        await scene.World.Keys.MasterKeyFingerprintAsync([1]);
        await using var command = scene.Mine.CreateCommand(
            sql.Replace("THEIRS", $"{scene.Theirs}", StringComparison.Ordinal)
                .Replace(
                    "THEIR_TENANT",
                    $"{await scene.TenantAsync("theirs")}",
                    StringComparison.Ordinal
                )
        );
        var refusal = await Should.ThrowAsync<PostgresException>(() =>
            command.ExecuteNonQueryAsync()
        );
        refusal.SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
    }

    [Fact]
    public async Task A_tenant_is_told_to_a_shard_that_a_session_of_it_is_placed_on_and_its_limits_to_its_owner()
    {
        await using var scene = await RoleScene.CreateAsync();
        var (theirs, quotas) = (await scene.TenantAsync("theirs"), new TenantQuotas(scene.Mine));
        (await quotas.ReadSettingsAsync(await scene.TenantAsync("mine"))).ShouldNotBeNull();
        (await quotas.ReadSettingsAsync(theirs)).ShouldBeNull();

        await scene.World.Desired.PlaceAsync([
            new(scene.Theirs, StoreWorld.Shard(0), "Rebalanced"),
        ]);

        var assigned = await new Assignments(scene.Mine).ReadAsync(StoreWorld.Shard(0));
        assigned.Select(a => a.Tenant).Order().ShouldBe(["mine", "theirs"]);
        (await quotas.ReadSettingsAsync(theirs)).ShouldBeNull("it is owned elsewhere still");
        await using var owner = scene.World.RoleOf(scene.B.Process);
        (await scene.CountAsync(owner, "tenant")).ShouldBe(1, "it owns what it has to give back");
        (await new TenantQuotas(owner).ReadSettingsAsync(theirs)).ShouldNotBeNull();
    }

    [Fact]
    public async Task A_pod_that_knows_no_proxies_does_not_see_a_session_behind_one()
    {
        await using var scene = await RoleScene.CreateAsync();
        await scene.AsOperatorAsync(
            """
            with k as (insert into wa.box_key (public_key, private_box) values (sha256('x'), 'x') returning id)
            update wa.session set proxy_version = 'proxies/url@1', proxy_box = '', proxy_box_key = k.id from k
            """
        );
        (await scene.CountAsync(scene.Mine, "session")).ShouldBe(1);

        await using var connection = await scene.Mine.OpenConnectionAsync();
        await using var before = new NpgsqlCommand(
            "select set_config('wa.knows', '', false)",
            connection
        );
        await before.ExecuteNonQueryAsync();

        await using var count = new NpgsqlCommand("select count(*) from wa.session", connection);
        (await count.ExecuteScalarAsync()).ShouldBe(0L);
    }

    [Fact]
    public async Task What_other_pods_prove_themselves_by_is_not_among_the_statements_that_a_role_sees()
    {
        await using var scene = await RoleScene.CreateAsync();
        await using var theirs = Database.ForPod(
            scene.World.ConnectionOfRole,
            PodConnections.Application(StoreWorld.Pool, 1, scene.B.Epoch),
            StoreWorld.Ttl,
            process: scene.B.Process
        );
        // It has said who it is, and nothing since.
        await using var connection = await theirs.OpenConnectionAsync();
        await using var look = scene.Mine.CreateCommand(
            $"select query from pg_stat_activity where pid = {connection.ProcessID}"
        );

        var seen = (string)(await look.ExecuteScalarAsync())!;

        seen.ShouldContain("wa.process");
        seen.ShouldNotContain($"{scene.B.Process}");
    }

    [Fact]
    public async Task A_seal_that_the_fence_did_not_make_opens_nothing()
    {
        await using var scene = await RoleScene.CreateAsync();
        await using var connection = await scene.Mine.OpenConnectionAsync();
        await using var forge = new NpgsqlCommand(
            $"select set_config('wa.fenced', '{{{scene.Theirs}}} {new string('0', 64)}', false)",
            connection
        );
        await forge.ExecuteNonQueryAsync();
        await using var delete = new NpgsqlCommand(
            $"delete from wa.session_key where session_id = {scene.Theirs}",
            connection
        );
        (await delete.ExecuteNonQueryAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task A_pod_takes_and_claims_nothing_that_is_another_s()
    {
        await using var scene = await RoleScene.CreateAsync();
        var (world, mine) = (scene.World, scene.Mine);
        var leases = new PodLeases(mine);
        // Its own pod under another ordinal, as Kubernetes never shows it.
        await world.Desired.RegisterPodAsync(StoreWorld.Shard(1), "pod-b");
        (
            await leases.AcquireAsync(
                StoreWorld.Shard(1),
                "pod-a",
                "pod-a",
                Guid.NewGuid(),
                StoreWorld.Ttl
            )
        ).ShouldBe(new Acquisition(null, ""));
        (
            await leases.RenewAsync(
                StoreWorld.Shard(1),
                scene.B.Epoch,
                Guid.NewGuid(),
                StoreWorld.Ttl
            )
        ).Outcome.ShouldBe(RenewOutcome.Refused);
        (
            await leases.ReleaseAsync(StoreWorld.Shard(1), scene.B.Epoch, scene.A.Process)
        ).ShouldBeFalse();
        var claims = new SessionClaims(mine);
        (await claims.ClaimAsync([scene.Theirs], StoreWorld.Shard(1), scene.B.Epoch))
            .Single()
            .Refusal.ShouldBe(ClaimRefusal.NoLease);
        (await claims.ReleaseAsync([new(scene.Theirs, 1)])).ShouldBe(0);
        (
            await new SessionWriter(mine).CommitAsync([
                StoreWorld.KeyWrite(scene.Theirs, 1, "broken"),
            ])
        ).ShouldBe([scene.Theirs]);
        (await world.StoredAsync(scene.Theirs)).ShouldBe("theirs");
    }

    [Fact]
    public async Task Connections_of_a_lease_that_lives_are_not_ended_and_of_a_lost_one_are()
    {
        await using var scene = await RoleScene.CreateAsync();
        var claims = new SessionClaims(scene.Mine);
        await using var theirs = Database.ForPod(
            scene.World.ConnectionOfRole,
            PodConnections.Application(StoreWorld.Pool, 1, scene.B.Epoch),
            StoreWorld.Ttl,
            process: scene.B.Process
        );
        await using var connection = await theirs.OpenConnectionAsync();

        (await claims.EndBackendsAsync(StoreWorld.Shard(1), scene.B.Epoch)).ShouldBe(0);
        await scene.World.Desired.EndLeaseAsync(StoreWorld.Shard(1), "pod-b", scene.B.Epoch);
        (
            await new SessionClaims(scene.Stranger).EndBackendsAsync(
                StoreWorld.Shard(1),
                scene.B.Epoch
            )
        ).ShouldBe(0);
        (await claims.EndBackendsAsync(StoreWorld.Shard(1), scene.B.Epoch)).ShouldBe(1);
    }

    [Fact]
    public async Task An_API_key_is_found_by_who_knows_it_and_a_session_s_place_by_its_name()
    {
        await using var scene = await RoleScene.CreateAsync();
        await scene.World.Desired.PutApiKeysAsync(
            await scene.TenantAsync("theirs"),
            [
                [1, 2, 3],
            ]
        );
        var directory = new ApiDirectory(scene.Mine);
        (await directory.FindHoldersAsync([1, 2, 3])).Count.ShouldBe(1);
        (await directory.FindHoldersAsync([])).ShouldBeEmpty();
        (await directory.LocateAsync("ns", "s-theirs"))!.Pod.ShouldBe("pod-b");
    }

    [Fact]
    public async Task A_pod_reads_and_counts_the_limits_of_its_own_tenants()
    {
        await using var scene = await RoleScene.CreateAsync();
        var quotas = new TenantQuotas(scene.Mine);
        var mine = await scene.TenantAsync("mine");
        (await quotas.ReadSettingsAsync(mine)).ShouldNotBeNull();
        (await quotas.TakeMinuteAsync(mine, 1, 2)).Taken.ShouldBe(1);
        (await quotas.TakeDayAsync(mine, 1, 2, 2, default)).Taken.ShouldBe(1);
        (await quotas.ServingAsync(mine)).ShouldBe(new Serving(1, 0));
    }

    [Fact]
    public async Task The_first_master_key_counts()
    {
        await using var scene = await RoleScene.CreateAsync();
        var keys = new SessionKeys(scene.Mine);
        (await keys.MasterKeyFingerprintAsync([1])).ShouldBe([1]);
        (await keys.MasterKeyFingerprintAsync([2])).ShouldBe([1]);
    }
}
