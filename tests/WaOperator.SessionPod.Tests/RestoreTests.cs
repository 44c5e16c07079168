using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Tests;

/// <summary>Keys that were wiped come back when a person asks, over a network that does as it is told.</summary>
public sealed class RestoreTests
{
    private readonly FakeNetwork _network = new();

    [Fact]
    public async Task Restored_keys_log_in_without_a_phone()
    {
        await using var world = await StartAsync();
        var (session, keys, linked) = await LoggedOutAsync(world);

        await session.WantAsync(row => row with { RestoreRequest = "please" });

        var connection = await _network.ConnectionAsync(session, 3);
        var restored = await session.PhaseAsync(SessionPhase.Connecting);
        (restored.Reason, restored.Told).ShouldBe(("KeysRestored", "Connecting/KeysRestored"));
        await connection.EstablishAsync();
        var state = await session.PhaseAsync(SessionPhase.Connected);
        (state.Paired, state.Jid, state.RestoreRequest).ShouldBe((true, linked.Jid, "please"));
        (await session.KeysAsync()).ShouldBe(keys);
        // The next owner is not asked again.
        await session.WantAsync(row => row with { Desired = DesiredState.Stopped });
        await session.PhaseAsync(SessionPhase.Stopped);
        await session.WantAsync(row => row with { Desired = DesiredState.Active });
        await (await _network.ConnectionAsync(session, 4)).EstablishAsync();
        await session.PhaseAsync(SessionPhase.Connected);
    }

    [Fact]
    public async Task A_round_of_codes_makes_room_for_the_restored_keys()
    {
        await using var world = await StartAsync();
        var (session, keys, _) = await LoggedOutAsync(world);
        await session.WantAsync(row => row with { PairRequest = "again" });
        await _network.ConnectionAsync(session, 3);

        await session.WantAsync(row => row with { RestoreRequest = "please" });

        await (await _network.ConnectionAsync(session, 4)).EstablishAsync();
        (await session.PhaseAsync(SessionPhase.Connected)).Paired.ShouldBeTrue();
        (await session.KeysAsync()).ShouldBe(keys);
    }

    [Fact]
    public async Task Without_an_archive_it_says_so_once()
    {
        await using var world = await StartAsync();
        var (session, _, _) = await LoggedOutAsync(world);
        await world.SqlAsync("delete from wa.session_archive");

        await session.WantAsync(row => row with { RestoreRequest = "please" });

        var state = await session.PhaseAsync(
            SessionPhase.LoggedOut,
            s => s.RestoreRequest == "please"
        );
        (state.Reason, state.Paired).ShouldBe(("NoKeysToRestore", false));
        (await session.KeysAsync()).ShouldBe(0);
        _network.ConnectionsOf(session).ShouldBe(2);
    }

    private async Task<(TestSession Session, int Keys, SessionState Linked)> LoggedOutAsync(
        PodWorld world
    )
    {
        var session = await world.SessionAsync(0);
        var connection = await _network.LinkAsync(session);
        var linked = await session.PhaseAsync(SessionPhase.Connected);
        var keys = await session.KeysAsync();
        keys.ShouldBeGreaterThan(0);
        connection.End(DisconnectKind.LoggedOut);
        await session.PhaseAsync(SessionPhase.LoggedOut);
        (await session.KeysAsync()).ShouldBe(0);
        return (session, keys, linked);
    }

    private async Task<PodWorld> StartAsync()
    {
        var world = await PodWorld.StartAsync(network: _network);
        await world.PodAsync(0, "pod-a");
        return world;
    }
}
