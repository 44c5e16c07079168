using WaOperator.SessionPod.Tests.World;
using WaOperator.Store;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests;

public sealed class DatabaseAwayTests
{
    [Fact]
    public async Task Sockets_stay_open_and_silent_and_continue_when_it_is_back()
    {
        await using var world = await PodWorld.StartAsync(ownServer: true);
        var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        await world.Server.StopAsync();
        await Eventually.True(
            "the pod says that it is silent",
            async () =>
                (await pod.GetAsync("/readyz")).Text.Contains("silent", StringComparison.Ordinal)
        );
        // The server asks for something while the pod may not act: it must stay unacknowledged, and nothing may be uploaded.
        var device = world.Simulator.Server.Directory.Devices.Single();
        var before = (await session.SeenAsync())!;
        world.Simulator.Server.Notices.PreKeysLow(device, 2);
        await Eventually.True(
            "the lease has been dead for longer than it lives",
            () => pod.Status.SilentFor > TimeSpan.FromSeconds(4)
        );
        var silent = (await session.SeenAsync())!;
        silent.Connected.ShouldBeTrue();
        silent.Logins.ShouldBe(1);
        silent.LastActAt.ShouldBe(before.LastActAt);
        silent.Delivered.ShouldBe(1);
        silent.Confirmed.ShouldBe(0);
        silent.PreKeys.ShouldBe(before.PreKeys);
        (await pod.GetAsync("/livez")).Code.ShouldBe(200);

        await world.Server.StartAgainAsync();

        await pod.ReadyAsync();
        await Eventually.True(
            "the server is answered",
            async () =>
                await session.SeenAsync() is { Confirmed: 1 } now && now.PreKeys > before.PreKeys
        );
        pod.Status.LeaseEpoch.ShouldBe(1);
        (await session.SeenAsync())!.Logins.ShouldBe(1);
        (await session.PhaseAsync(SessionPhase.Connected)).Reconnects.ShouldBe(0);
        await OwnershipTests.NobodyWasReplacedAsync(world);
    }

    [Fact]
    public async Task A_pod_that_is_cut_off_falls_silent_before_another_may_take_over()
    {
        await using var world = await PodWorld.StartAsync();
        var link = world.Link();
        var first = await world.PodAsync(
            0,
            "pod-a",
            o => o with { Database = world.Through(link.Port) }
        );
        await world.PodAsync(1, "pod-b");
        var session = await world.PairedAsync(0);

        link.FallSilent();
        await Eventually.True(
            "the lease has expired",
            async () => (await OwnershipTests.LeaseAsync(world, 0)).ExpiredByDatabase
        );
        first.Status.MayAct.ShouldBeFalse();
        var lease = await OwnershipTests.LeaseAsync(world, 0);
        await world.Desired.DeclareLostAsync(PodWorld.Shard(0), lease.Epoch, lease.Counter);
        await session.PlaceAsync(1);
        await session.PhaseAsync(SessionPhase.Connected, s => s.Reconnects == 1);

        link.Heal();

        await Eventually.True("the first pod starts over", () => first.Status.LeaseEpoch == 2);
        var seen = (await session.SeenAsync())!;
        seen.Logins.ShouldBe(2);
        seen.Replaced.Live.ShouldBe(0);
        seen.LateFrames.ShouldBe(0);
    }

    [Fact]
    public async Task After_the_silent_limit_sockets_are_closed_and_dialled_again_when_it_is_back()
    {
        await using var world = await PodWorld.StartAsync(
            PodWorld.Quick with
            {
                SilentLimitMs = 1_000,
            }
        );
        var link = world.Link();
        await world.PodAsync(0, "pod-a", o => o with { Database = world.Through(link.Port) });
        var session = await world.PairedAsync(0);

        link.Cut();
        await Eventually.True(
            "the socket is closed",
            async () => (await world.StatsAsync()).Sockets == 0
        );
        (await session.StateAsync())!.Phase.ShouldBe(SessionPhase.Connected);
        link.Heal();

        await session.PhaseAsync(SessionPhase.Connected, s => s.Reconnects == 1);
        (await OwnershipTests.LeaseAsync(world, 0)).Epoch.ShouldBe(1);
        (await session.SeenAsync())!.Logins.ShouldBe(2);
    }

    [Fact]
    public async Task Replaced_while_silent_it_leaves_and_does_not_come_back_before_its_lease()
    {
        await using var world = await PodWorld.StartAsync();
        var link = world.Link();
        var pod = await world.PodAsync(
            0,
            "pod-a",
            o => o with { Database = world.Through(link.Port) }
        );
        var session = await world.PairedAsync(0);
        // A write whose outcome is not known ends the session's epoch, and with it what was seen in it.
        await session.QuietAsync();
        link.FallSilent();
        await Eventually.True("the pod is silent", () => pod.Status.SilentFor > TimeSpan.Zero);

        await using var other = await ReferenceClient.LoginAsync(world, session);
        await Eventually.True(
            "the pod has left",
            async () => (await world.StatsAsync()).Sockets == 1
        );
        await Eventually.True(
            "it has been away for some seconds",
            () => pod.Status.SilentFor > TimeSpan.FromSeconds(4)
        );
        (await session.SeenAsync())!.Logins.ShouldBe(2);
        other.End.IsCompleted.ShouldBeFalse();

        link.Heal();

        await session.PhaseAsync(SessionPhase.Replaced);
        other.End.IsCompleted.ShouldBeFalse();
        (await session.SeenAsync())!.LateFrames.ShouldBe(0);
    }

    [Fact]
    public async Task A_pod_waits_for_the_schema_and_says_so()
    {
        await using var world = await PodWorld.StartAsync();
        await world.SqlAsync("update wa.schema_version set version = version - 1000");
        var pod = await world.PodAsync(0, "pod-a");
        await Eventually.True(
            "the pod says what it waits for",
            async () =>
                (await pod.GetAsync("/readyz")).Text.Contains("schema", StringComparison.Ordinal)
        );
        (await pod.GetAsync("/livez")).Code.ShouldBe(200);
        await world.SqlAsync("update wa.schema_version set version = version + 1000");
        await pod.ReadyAsync();
    }
}
