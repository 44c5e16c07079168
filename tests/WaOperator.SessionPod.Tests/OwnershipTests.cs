using WaOperator.Domain;
using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store;
using WaOperator.Store.Operator;
using WaOperator.Store.Pod;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests;

public sealed class OwnershipTests
{
    [Fact]
    public async Task A_killed_process_is_followed_at_once_by_the_next_one_of_its_pod()
    {
        await using var world = await PodWorld.StartAsync();
        await using var first = ChildPod.Start(world.Options(0, "pod-a"));
        await first.HoldsLeaseAsync();
        var session = await world.PairedAsync(0);
        await first.KillAsync();

        await using var second = ChildPod.Start(world.Options(0, "pod-a"));

        await session.PhaseAsync(SessionPhase.Connected, s => s.Reconnects == 1);
        var lease = await LeaseAsync(world, 0);
        lease.Epoch.ShouldBe(2);
        var seen = (await session.SeenAsync())!;
        seen.Logins.ShouldBe(2);
        seen.LateFrames.ShouldBe(0);
    }

    [Fact]
    public async Task Another_pod_of_the_ordinal_waits_until_the_first_has_stepped_down()
    {
        await using var world = await PodWorld.StartAsync();
        await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);

        var second = await world.PodAsync(0, "pod-b");
        await Eventually.True(
            "the second pod waits for the lease",
            async () =>
                (await second.GetAsync("/readyz")).Text.Contains("lease", StringComparison.Ordinal)
        );
        (await LeaseAsync(world, 0)).PodUid.ShouldBe("pod-a");
        (await second.GetAsync("/livez")).Code.ShouldBe(200);
        (await world.Desired.RequestStepDownAsync(PodWorld.Shard(0), 1, "pod-b")).ShouldBeTrue();

        await second.ReadyAsync();
        await session.PhaseAsync(SessionPhase.Connected, s => s.Reconnects == 1);
        (await LeaseAsync(world, 0)).PodUid.ShouldBe("pod-b");
        await NobodyWasReplacedAsync(world);
    }

    [Fact]
    public async Task A_planned_move_closes_before_it_opens()
    {
        await using var world = await PodWorld.StartAsync();
        await world.PodAsync(0, "pod-a");
        await world.PodAsync(1, "pod-b");
        var session = await world.PairedAsync(0);

        for (var move = 1; move <= 4; move++)
        {
            await session.PlaceAsync(move % 2);
            await session.PhaseAsync(SessionPhase.Connected, s => s.Reconnects == move);
            (await session.OwnerAsync()).ShouldBe(PodWorld.Shard(move % 2));
        }

        var seen = (await session.SeenAsync())!;
        seen.Logins.ShouldBe(5);
        await NobodyWasReplacedAsync(world);
    }

    [Fact]
    public async Task At_SIGTERM_sessions_are_closed_persisted_and_given_back()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = ChildPod.Start(world.Options(0, "pod-a"));
        await pod.HoldsLeaseAsync();
        var session = await world.PairedAsync(0);
        var other = await world.SessionAsync(0);
        await other.PhaseAsync(SessionPhase.Pairing);

        (await pod.TerminateAsync()).ShouldBe(0, pod.Output);

        (await session.OwnerAsync()).ShouldBeNull();
        (await other.OwnerAsync()).ShouldBeNull();
        var state = (await session.StateAsync())!;
        state.Phase.ShouldBe(SessionPhase.Reconnecting);
        state.Paired.ShouldBeTrue();
        (await other.StateAsync())!.Phase.ShouldBe(SessionPhase.Starting);
        (await other.CodeAsync()).ShouldBeNull();
        (await LeaseAsync(world, 0)).State.ShouldBe(LeaseState.Released);
        (await world.StatsAsync()).Sockets.ShouldBe(0);
        pod.Output.ShouldNotContain(session.Phone);
    }

    [Fact]
    public async Task A_refused_lease_drops_everything_and_starts_empty_with_a_new_epoch()
    {
        var network = new FakeNetwork();
        await using var world = await PodWorld.StartAsync(network: network);
        var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        var before = (await session.StateAsync())!;

        await world.SqlAsync("update wa.shard_lease set state = 'Ended'");

        await (await network.ConnectionAsync(session, 3)).EstablishAsync();
        (await network.ConnectionAsync(session, 2)).Ended.ShouldNotBeNull();
        var after = await session.PhaseAsync(SessionPhase.Connected, s => s.Reconnects == 1);
        after.Epoch.ShouldBeGreaterThan(before.Epoch);
        (await LeaseAsync(world, 0)).Epoch.ShouldBe(2);
        pod.Status.LeaseEpoch.ShouldBe(2);
    }

    [Fact]
    public async Task A_session_that_someone_else_claimed_is_dropped_alone()
    {
        await using var world = await PodWorld.StartAsync();
        var lost = await world.SessionAsync(0);
        var kept = await world.SessionAsync(0);
        // It looks at the placement once and then learns by the fence alone.
        await world.PodAsync(0, "pod-a", o => o with { PollEvery = TimeSpan.FromMinutes(1) });
        foreach (var session in (TestSession[])[lost, kept])
        {
            await session.ScanAsync();
            await session.PhaseAsync(SessionPhase.Connected);
        }
        await lost.PlaceAsync(9);
        await world.SqlAsync(
            $"update wa.session_owner set epoch = epoch + 1, pool_uid = 'other', ordinal = 9, lease_epoch = 1 where session_id = {lost.Id}"
        );
        // The next write of the session meets the fence.
        await world.PostAsync("/faults/drop", new Simulator.Control.DropRequest(lost.Phone, null));

        await Eventually.True(
            "the lost session has no socket",
            async () => (await world.StatsAsync()).Sockets == 1
        );
        (await lost.StateAsync())!.Phase.ShouldBe(SessionPhase.Connected);
        (await kept.SeenAsync())!.Logins.ShouldBe(1);
        (await kept.SeenAsync())!.Connected.ShouldBeTrue();
    }

    [Fact]
    public async Task A_shard_that_is_lost_is_taken_over_and_its_paused_process_never_acts_again()
    {
        await using var world = await PodWorld.StartAsync();
        await using var first = ChildPod.Start(world.Options(0, "pod-a"));
        await first.HoldsLeaseAsync();
        await world.PodAsync(1, "pod-b");
        var session = await world.PairedAsync(0);
        var held = await LeaseAsync(world, 0);
        await first.SignalAsync("STOP");
        await Eventually.True(
            "the lease has expired",
            async () => (await LeaseAsync(world, 0)).ExpiredByDatabase
        );
        held = await LeaseAsync(world, 0);
        (
            await world.Desired.DeclareLostAsync(PodWorld.Shard(0), held.Epoch, held.Counter)
        ).ShouldBeTrue();
        await session.PlaceAsync(1);
        await session.PhaseAsync(SessionPhase.Connected, s => s.Reconnects == 1);

        await first.SignalAsync("CONT");

        await Eventually.True(
            "the first process holds a new lease and nothing else",
            async () => await LeaseAsync(world, 0) is { Epoch: 2, State: LeaseState.Held }
        );
        (await session.OwnerAsync()).ShouldBe(PodWorld.Shard(1));
        var seen = (await session.SeenAsync())!;
        seen.Connected.ShouldBeTrue();
        seen.Logins.ShouldBe(2);
        seen.LateFrames.ShouldBe(0);
        seen.Replaced.Live.ShouldBe(0);
    }

    [Fact]
    public async Task The_locks_of_a_dead_owner_do_not_stop_its_successor()
    {
        await using var world = await PodWorld.StartAsync();
        var session = await world.SessionAsync(1);
        // An owner that claimed, and stands still in the middle of a write, its locks held.
        var (dead, process) = (world.Options(1, "pod-b").Database, Guid.NewGuid());
        await using var database = Store.Database.ForPod(
            dead,
            PodConnections.Application(PodWorld.Pool, 1, 1),
            TimeSpan.FromMinutes(10),
            process: process
        );
        await new PodLeases(database).AcquireAsync(
            PodWorld.Shard(1),
            "pod-b",
            "pod-b",
            process,
            TimeSpan.FromMilliseconds(1)
        );
        await world.SqlAsync(
            $"insert into wa.session_owner select {session.Id}, 1, pool_uid, 1, 1, secret from wa.shard_lease"
        );
        await using var connection = await database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (
            var write = new Npgsql.NpgsqlCommand(
                $"select wa.fence(array[{session.Id}]::bigint[], array[1]::bigint[])",
                connection
            )
        )
            await write.ExecuteNonQueryAsync();
        (await world.Desired.DeclareLostAsync(PodWorld.Shard(1), 1, 0)).ShouldBeTrue();
        await session.PlaceAsync(0);

        await world.PodAsync(0, "pod-a");

        await session.ScanAsync();
        await session.PhaseAsync(SessionPhase.Connected);
        await Should.ThrowAsync<Npgsql.NpgsqlException>(transaction.CommitAsync());
    }

    [Fact]
    public async Task A_suspended_tenants_sessions_are_closed_and_come_back_with_it()
    {
        await using var world = await PodWorld.StartAsync();
        await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);

        await world.Desired.PutTenantAsync(new TenantRow("ns", "acme", true, "{}"));

        await Eventually.True(
            "the session is given back",
            async () => await session.OwnerAsync() is null
        );
        (await session.SeenAsync())!.Connected.ShouldBeFalse();
        (await session.StateAsync())!.Phase.ShouldBe(SessionPhase.Reconnecting);
        await world.Desired.PutTenantAsync(new TenantRow("ns", "acme", false, "{}"));
        await session.PhaseAsync(SessionPhase.Connected);
    }

    [Fact]
    public async Task What_is_owned_without_being_placed_or_run_is_given_back()
    {
        await using var world = await PodWorld.StartAsync();
        var session = await world.SessionAsync(1);
        // As if the answer to a claim had been lost before the session was placed elsewhere.
        await world.SqlAsync(
            $"insert into wa.session_owner values ({session.Id}, 1, '{PodWorld.Pool}', 0, 1)"
        );
        await world.PodAsync(0, "pod-a");
        await world.PodAsync(1, "pod-b");

        await session.ScanAsync();

        await session.PhaseAsync(SessionPhase.Connected);
        (await session.OwnerAsync()).ShouldBe(PodWorld.Shard(1));
    }

    internal static async Task<ShardLease> LeaseAsync(PodWorld world, int ordinal) =>
        (await new ObservedStore(world.Admin).ReadLeasesAsync()).Single(l =>
            l.Shard == PodWorld.Shard(ordinal)
        );

    internal static async Task NobodyWasReplacedAsync(PodWorld world)
    {
        var stats = await world.StatsAsync();
        stats.Replaced.ShouldBe(new Simulator.Control.ReplacedAnswer(0, 0, 0));
        stats.LateFrames.ShouldBe(0);
    }
}
