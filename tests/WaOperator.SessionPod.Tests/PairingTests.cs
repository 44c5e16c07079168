using WaOperator.SessionPod.Tests.World;
using WaOperator.Store.Sessions;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests;

public sealed class PairingTests
{
    [Fact]
    public async Task A_declared_session_shows_a_code_is_scanned_and_connects()
    {
        await using var world = await PodWorld.StartAsync();
        await world.PodAsync(0, "pod-a");
        var session = await world.SessionAsync(0);

        await session.ScanAsync();

        var state = await session.PhaseAsync(SessionPhase.Connected);
        state.Paired.ShouldBeTrue();
        state.Phone.ShouldBe(session.Phone);
        state.Jid.ShouldNotBeNull().ShouldStartWith(session.Phone);
        state.LastConnectedAt.ShouldNotBeNull();
        await Eventually.True("the code is gone", async () => await session.CodeAsync() is null);
        (await session.SeenAsync())!.Connected.ShouldBeTrue();
    }
}
