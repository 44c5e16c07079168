using Npgsql;
using WaOperator.Domain;
using WaOperator.Store.Operator;
using WaOperator.Store.Pod;

namespace WaOperator.Store.Tests;

/// <summary>What a pod that was broken into tries with the functions and columns that it needs itself.</summary>
public sealed class BrokenPodTests
{
    private const string NoWaiting = "set lock_timeout = 200";

    [Fact]
    public async Task A_claim_of_what_is_placed_elsewhere_holds_up_neither_its_lease_nor_its_writes()
    {
        await using var scene = await RoleScene.CreateAsync();
        await using var connection = await scene.Mine.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        (
            await ReadAsync(
                connection,
                $"""
                select string_agg(refusal, ',') from wa.session_claim(
                    (select array_agg(session_id) from wa.session_owner where session_id = {scene.Theirs}), 'pool-1', 0, {scene.A.Epoch})
                """
            )
        ).ShouldBe("NotPlaced");

        await scene.AsOperatorAsync(
            $"{NoWaiting}; select 1 from wa.shard_lease for update; select 1 from wa.session_owner for update"
        );
    }

    [Fact]
    public async Task A_claim_of_what_another_pod_may_still_act_for_does_not_hold_up_its_lease()
    {
        await using var scene = await RoleScene.CreateAsync();
        await scene.World.Desired.PlaceAsync([new(scene.Theirs, StoreWorld.Shard(0), "Hashed")]);
        await using var connection = await scene.Mine.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        (
            await ReadAsync(
                connection,
                $"select refusal from wa.session_claim(array[{scene.Theirs}]::bigint[], 'pool-1', 0, {scene.A.Epoch})"
            )
        ).ShouldBe("Held");

        await scene.AsOperatorAsync(
            $"{NoWaiting}; select 1 from wa.shard_lease for update; select 1 from wa.session_owner for update"
        );
    }

    [Theory]
    [InlineData("select 1 from wa.installation for update")]
    [InlineData("update wa.installation set master_key_fingerprint = master_key_fingerprint")]
    [InlineData("update wa.installation set master_key_fingerprint = '\\x00'")]
    [InlineData(
        """
            create temp table pg_class as
                select 'wa.installation'::regclass::oid as oid, (select r.oid from pg_roles r where rolname = 'wa_pod') as relowner;
            update wa.installation set master_key_fingerprint = '\x00'
            """
    )]
    public async Task The_row_of_the_installation_is_neither_changed_nor_held(string sql)
    {
        await using var scene = await RoleScene.CreateAsync();
        await scene.World.Keys.MasterKeyFingerprintAsync([1]);
        await using var connection = await scene.Mine.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await ReadAsync(connection, sql);

        // As a new leader of the operator does, and each of its writes.
        await scene.AsOperatorAsync($"{NoWaiting}; select 1 from wa.installation for update");
        await transaction.CommitAsync();
        (await scene.World.Keys.MasterKeyFingerprintAsync([2])).ShouldBe([1]);
    }

    [Fact]
    public async Task Connections_of_a_lease_that_lives_are_not_ended_by_another_name_of_its_pool()
    {
        await using var scene = await RoleScene.CreateAsync();
        var pool = $"{Guid.NewGuid():D}";
        await scene.World.Desired.PutPoolAsync(new(pool, "ns", "other", new()));
        await scene.World.RegisterAsync(pool);
        var process = Guid.NewGuid();
        var held = await scene.World.Leases.AcquireAsync(
            new(pool, 1),
            "pod-b",
            "pod-b",
            process,
            StoreWorld.Ttl
        );
        await using var theirs = Database.ForPod(
            scene.World.ConnectionOfRole,
            PodConnections.Application(pool, 1, held.Epoch!.Value),
            StoreWorld.Ttl,
            process: process
        );
        await using var connection = await theirs.OpenConnectionAsync();

        (
            await new SessionClaims(scene.Mine).EndBackendsAsync(
                new(pool + "-", 1),
                held.Epoch.Value
            )
        ).ShouldBe(0);
        (await ReadAsync(connection, "select 'alive'")).ShouldBe("alive");
    }

    [Fact]
    public async Task No_seal_is_left_of_locks_that_a_rollback_to_a_savepoint_gives_up()
    {
        await using var world = await StoreWorld.CreateAsync();
        var lease = await world.AcquireAsync(0, "pod-a");
        var ids = await world.SessionsAsync(8, 0);
        foreach (var id in ids)
            (await world.ClaimAsync(id, 0, lease.Epoch)).Epoch.ShouldBe(1);
        await using var pod = world.RoleOf(lease.Process);
        await using var connection = await pod.OpenConnectionAsync();
        var fence =
            $"select wa.fence(array[{string.Join(',', ids)}]::bigint[], array_fill(1::bigint, array[8]))";

        await using (var within = await connection.BeginTransactionAsync())
        {
            await within.SaveAsync("fence");
            await ReadAsync(connection, fence);
            (await ReadAsync(connection, "select cardinality(wa.fenced())")).ShouldBe(0);
        }

        await using var transaction = await connection.BeginTransactionAsync();
        await ReadAsync(connection, fence);
        (await ReadAsync(connection, "select cardinality(wa.fenced())")).ShouldBe(8);
    }

    [Theory]
    [InlineData("update wa.session_state set phase = 'Broken'")]
    [InlineData("update wa.session_state set last_connected_at = 'infinity'")]
    [InlineData("update wa.session_state set last_connected_at = '0044-03-15 BC'")]
    [InlineData("update wa.session_state set message = repeat('x', 100000)")]
    [InlineData("update wa.session_state set reason = repeat('x', 1000)")]
    [InlineData("update wa.session_state set pod_name = repeat('x', 1000)")]
    [InlineData("update wa.session_state set pool_uid = repeat('x', 1000)")]
    [InlineData("update wa.session_state set lid = repeat('x', 10000)")]
    [InlineData("update wa.session_pairing set code = repeat('x', 100000)")]
    [InlineData("update wa.session_pairing set expires_at = 'infinity'")]
    [InlineData(
        "insert into wa.session_cost select id, 1, 9000000000000000000, now() from wa.session"
    )]
    [InlineData("insert into wa.session_cost select id, 1, 1, '-infinity' from wa.session")]
    [InlineData(
        "insert into wa.shard_report values ('pool-1', 0, 1, 0, 0, 9000000000000000000, now(), 0)"
    )]
    [InlineData("insert into wa.shard_report values ('pool-1', 0, 1, -1, 0, 0, now(), 0)")]
    [InlineData("insert into wa.shard_report values ('pool-1', 0, 1, 0, 0, 0, 'infinity', 0)")]
    public async Task What_the_operator_could_not_read_is_not_written(string sql)
    {
        await using var scene = await RoleScene.CreateAsync();
        await using var command = scene.Mine.CreateCommand(sql);
        (
            await Should.ThrowAsync<PostgresException>(() => command.ExecuteNonQueryAsync())
        ).SqlState.ShouldBe(PostgresErrorCodes.CheckViolation);
    }

    [Theory]
    [InlineData("1 mon")]
    [InlineData("1 mon -30 days")]
    [InlineData("100000 years")]
    [InlineData("-100000 years")]
    [InlineData("0")]
    public async Task A_lease_can_be_read_and_ends_whatever_its_holder_asks_for(string ttl)
    {
        await using var scene = await RoleScene.CreateAsync();
        await using var connection = await scene.Mine.OpenConnectionAsync();
        await ReadAsync(
            connection,
            $"select wa.lease_renew('pool-1', 0, {scene.A.Epoch}, '{scene.A.Process}', '{ttl}')::text"
        );
        await LivesAsync();
        await ReadAsync(
            connection,
            $"select wa.lease_take('pool-1', 0, 'pod-a', repeat('x', 100000), gen_random_uuid(), '{ttl}')::text"
        );
        await LivesAsync();
        await ReadAsync(
            connection,
            $"select wa.lease_acquire('pool-1', 0, 'pod-a', 'x', gen_random_uuid(), '{ttl}')::text"
        );
        await LivesAsync();

        async Task LivesAsync()
        {
            var lease = (await new ObservedStore(scene.World.Admin).ReadLeasesAsync()).Single(l =>
                l.Shard == StoreWorld.Shard(0)
            );
            lease.Ttl.ShouldBeInRange(TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1));
            lease.PodName.Length.ShouldBeLessThanOrEqualTo(253);
        }
    }

    [Theory]
    [InlineData("off", "on")]
    [InlineData("local", "on")]
    [InlineData("remote_apply", "remote_apply")]
    public async Task What_the_role_of_all_pods_changes_of_itself_makes_no_commit_less_durable(
        string set,
        string used
    )
    {
        await using var scene = await RoleScene.CreateAsync();
        await using (var connection = await scene.Mine.OpenConnectionAsync())
            await ReadAsync(
                connection,
                $"alter role current_user in database \"{connection.Database}\" set synchronous_commit = {set}"
            );
        await using var next = scene.World.RoleOf(scene.B.Process);
        await using var theirs = await next.OpenConnectionAsync();

        (await ReadAsync(theirs, "show synchronous_commit")).ShouldBe(used);
    }

    private static async Task<object?> ReadAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
