using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Tests;

public sealed class TimelockedTests
{
    [Fact]
    public async Task A_time_locked_account_is_reported_once_however_many_messages_are_refused()
    {
        var network = new FakeNetwork();
        await using var world = await PodWorld.StartAsync(network: network);
        await world.PodAsync(0, "pod-a");
        var session = await world.SessionAsync(0);
        var connection = await network.LinkAsync(session);
        await session.PhaseAsync(SessionPhase.Connected);

        await connection.TellAsync(new ReachOutLocked("3EB0000000", "refused with 463"));
        (await session.StateAsync())!.Reason.ShouldBe("ReachOutTimelock");
        var first = await ChangedAsync();
        for (var i = 1; i <= 5; i++)
            await connection.TellAsync(new ReachOutLocked($"3EB000000{i}", "refused with 463"));

        (await session.StateAsync())!.Phase.ShouldBe(SessionPhase.Connected);
        (await ChangedAsync()).ShouldBe(first, "no message writes the state again");

        async Task<string> ChangedAsync() =>
            (
                await world.SqlAsync(
                    $"select changed::text from wa.session_state where session_id = {session.Id}"
                )
            )!.ToString()!;
    }
}
