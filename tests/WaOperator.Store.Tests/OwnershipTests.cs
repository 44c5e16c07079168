using Npgsql;
using WaOperator.Store.Operator;
using WaOperator.Store.Pod;
using WaOperator.Testing;

namespace WaOperator.Store.Tests;

public sealed class OwnershipTests
{
    [Fact]
    public async Task A_session_is_claimed_only_where_it_is_placed_and_only_with_a_live_lease()
    {
        await using var world = await StoreWorld.CreateAsync();
        var session = (await world.SessionsAsync(1, ordinal: 0))[0];
        var a = await world.AcquireAsync(0, "pod-a");
        var b = await world.AcquireAsync(1, "pod-b");

        (await world.ClaimAsync(session, 1, b.Epoch)).Refusal.ShouldBe(ClaimRefusal.NotPlaced);
        (await world.ClaimAsync(session, 0, a.Epoch + 7)).Refusal.ShouldBe(ClaimRefusal.NoLease);
        (await world.ClaimAsync(session, 0, a.Epoch)).Epoch.ShouldBe(1);
    }

    [Fact]
    public async Task Another_shard_waits_while_the_owner_may_act_and_follows_after_a_release()
    {
        await using var world = await StoreWorld.CreateAsync();
        var session = (await world.SessionsAsync(1, ordinal: 0))[0];
        var a = await world.AcquireAsync(0, "pod-a");
        var b = await world.AcquireAsync(1, "pod-b");
        var first = await world.ClaimAsync(session, 0, a.Epoch);
        await world.Desired.PlaceAsync([
            new PlacementChange(session, StoreWorld.Shard(1), "Drained"),
        ]);

        (await world.ClaimAsync(session, 1, b.Epoch)).Refusal.ShouldBe(ClaimRefusal.Held);
        (await world.Claims.ReleaseAsync([new OwnedSession(session, first.Epoch!.Value)])).ShouldBe(
            1
        );
        (await world.ClaimAsync(session, 1, b.Epoch)).Epoch.ShouldBe(2);
    }

    [Fact]
    public async Task A_take_over_revokes_the_lease_that_it_took_from()
    {
        await using var world = await StoreWorld.CreateAsync();
        var session = (await world.SessionsAsync(1, ordinal: 0))[0];
        var a = await world.AcquireAsync(0, "pod-a");
        await world.ClaimAsync(session, 0, a.Epoch);
        await world.Desired.DeclareLostAsync(StoreWorld.Shard(0), a.Epoch, 0);
        await world.StepClockAsync(StoreWorld.Ttl * 2);
        var b = await world.AcquireAsync(1, "pod-b");
        await world.Desired.PlaceAsync([
            new PlacementChange(session, StoreWorld.Shard(1), "Hashed"),
        ]);

        (await world.ClaimAsync(session, 1, b.Epoch)).Epoch.ShouldBe(2);

        (
            await world.Leases.RenewAsync(StoreWorld.Shard(0), a.Epoch, a.Process, StoreWorld.Ttl)
        ).Outcome.ShouldBe(RenewOutcome.Refused);
    }

    [Fact]
    public async Task A_lease_retaken_first_keeps_its_sessions()
    {
        await using var world = await StoreWorld.CreateAsync();
        var session = (await world.SessionsAsync(1, ordinal: 0))[0];
        var a = await world.AcquireAsync(0, "pod-a");
        await world.ClaimAsync(session, 0, a.Epoch);
        await world.Desired.DeclareLostAsync(StoreWorld.Shard(0), a.Epoch, 0);
        await world.StepClockAsync(StoreWorld.Ttl * 2);
        var b = await world.AcquireAsync(1, "pod-b");
        await world.Desired.PlaceAsync([
            new PlacementChange(session, StoreWorld.Shard(1), "Hashed"),
        ]);

        (
            await world.Leases.RenewAsync(StoreWorld.Shard(0), a.Epoch, a.Process, StoreWorld.Ttl)
        ).Outcome.ShouldBe(RenewOutcome.Retaken);

        (await world.ClaimAsync(session, 1, b.Epoch)).Refusal.ShouldBe(ClaimRefusal.Held);
    }

    [Fact]
    public async Task A_stale_write_falls_out_alone()
    {
        await using var world = await StoreWorld.CreateAsync();
        var sessions = await world.SessionsAsync(2, ordinal: 0);
        var a = await world.AcquireAsync(0, "pod-a");
        var old = await world.ClaimAsync(sessions[0], 0, a.Epoch);
        var other = await world.ClaimAsync(sessions[1], 0, a.Epoch);
        var next = await world.ClaimAsync(sessions[0], 0, a.Epoch);

        var fenced = await world.Writer.CommitAsync([
            StoreWorld.KeyWrite(sessions[0], old.Epoch!.Value, "stale"),
            StoreWorld.KeyWrite(sessions[1], other.Epoch!.Value, "good"),
        ]);

        fenced.ShouldBe([sessions[0]]);
        (await world.StoredAsync(sessions[0])).ShouldBeNull();
        (await world.StoredAsync(sessions[1])).ShouldBe("good");
        (
            await world.Writer.CommitAsync([
                StoreWorld.KeyWrite(sessions[0], next.Epoch!.Value, "new"),
            ])
        ).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_write_that_began_before_a_claim_commits_before_it_or_not_at_all()
    {
        await using var world = await StoreWorld.CreateAsync();
        var session = (await world.SessionsAsync(1, ordinal: 0))[0];
        var a = await world.AcquireAsync(0, "pod-a");
        var mine = await world.ClaimAsync(session, 0, a.Epoch);

        // A claim that has run but not committed: the writer must wait for it and then fall out.
        await using var claimer = await world.Admin.OpenConnectionAsync();
        await using var transaction = await claimer.BeginTransactionAsync();
        await using (
            var claim = new NpgsqlCommand(
                $"select * from wa.session_claim(array[{session}]::bigint[], '{StoreWorld.Pool}', 0, {a.Epoch})",
                claimer
            )
        )
            await claim.ExecuteNonQueryAsync();
        var write = world.Writer.CommitAsync([
            StoreWorld.KeyWrite(session, mine.Epoch!.Value, "stale"),
        ]);
        await Eventually.True(
            "the writer waits for a lock",
            async () =>
            {
                await using var waiting = world.Admin.CreateCommand(
                    "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
                );
                return (long)(await waiting.ExecuteScalarAsync())! == 1;
            }
        );
        await transaction.CommitAsync();

        (await write).ShouldBe([session]);
        (await world.StoredAsync(session)).ShouldBeNull();
    }

    [Fact]
    public async Task A_broken_connection_leaves_the_outcome_unknown_and_says_so()
    {
        await using var world = await StoreWorld.CreateAsync();
        var session = (await world.SessionsAsync(1, ordinal: 0))[0];
        var a = await world.AcquireAsync(0, "pod-a");
        var mine = await world.ClaimAsync(session, 0, a.Epoch);
        await using var blocker = await world.Admin.OpenConnectionAsync();
        await using var transaction = await blocker.BeginTransactionAsync();
        await using (
            var hold = new NpgsqlCommand(
                $"select 1 from wa.session_owner where session_id = {session} for update",
                blocker
            )
        )
            await hold.ExecuteNonQueryAsync();
        var write = world.Writer.CommitAsync([
            StoreWorld.KeyWrite(session, mine.Epoch!.Value, "lost?"),
        ]);

        await Eventually.True(
            "the writer's backend was found and ended",
            async () =>
            {
                await using var end = world.Admin.CreateCommand(
                    "select count(pg_terminate_backend(pid)) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
                );
                return (long)(await end.ExecuteScalarAsync())! == 1;
            }
        );

        await Should.ThrowAsync<CommitUnknownException>(() => write);
    }

    [Fact]
    public async Task Pods_cannot_write_placement_or_any_desired_state()
    {
        await using var world = await StoreWorld.CreateAsync();
        await world.SessionsAsync(1, ordinal: 0);

        foreach (
            var sql in (string[])
                [
                    "update wa.placement set ordinal = 1",
                    "insert into wa.placement values (1, 'x', 0, 'y')",
                    "update wa.session set desired = 'Stopped'",
                    "delete from wa.session",
                    "update wa.pool set settings = '{}'",
                    "update wa.installation set leader_term = 99",
                    "select wa.leader_begin('me')",
                    "delete from wa.shard_lease",
                    "create table wa.mine (x int)",
                ]
        )
        {
            await using var role = world.RoleOf(null);
            await using var command = role.CreateCommand(sql);
            var refusal = await Should.ThrowAsync<PostgresException>(
                () => command.ExecuteNonQueryAsync(),
                sql
            );
            refusal.SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege, sql);
        }
    }
}
