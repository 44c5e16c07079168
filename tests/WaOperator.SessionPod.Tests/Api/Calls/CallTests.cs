using WaOperator.SessionPod.Tests.World;
using WaOperator.Simulator.Handlers;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Api.Calls;

/// <summary>Calls through the API: told in the stream, rejected by their id.</summary>
public sealed class CallTests
{
    [Fact]
    public async Task A_call_is_streamed_and_rejected_by_its_id()
    {
        await using var rooms = await RoomWorld.StartAsync();
        var anna = await rooms.World.PairedAsync(0);
        var server = rooms.World.Simulator.Server;
        using var stream = await rooms.Api.FollowAsync(anna.Name);
        server.Directory.TryGet(anna.Phone, out var called).ShouldBeTrue();
        var caller = server.Directory.GetOrAdd("491599999999");

        var call = server.Calls.Ring(caller, called!, video: true, byLid: true);
        var told = (await stream.NextAsync("call")).Data;
        ((string?)told["id"]).ShouldBe(call.Id);
        ((string?)told["from"]).ShouldBe(caller.Lid.ToString());
        ((string?)told["fromLid"]).ShouldBe(caller.Lid.ToString());
        ((string?)told["fromPn"]).ShouldBe(caller.Jid.ToString());
        ((bool)told["video"]!).ShouldBeTrue();
        ((bool)told["offline"]!).ShouldBeFalse();

        await rooms.AskedAsync(204, HttpMethod.Post, anna, $"/calls/{call.Id}/reject");
        await Eventually.True(
            "the call to be rejected",
            () => Task.FromResult(call.State == CallState.Rejected)
        );
        var ended = (await stream.NextAsync("callEnded")).Data;
        ((string?)ended["id"]).ShouldBe(call.Id);
        ((string?)ended["reason"]).ShouldBe("rejected");

        // It rings no more.
        (
            await rooms.RefusedAsync(404, HttpMethod.Post, anna, $"/calls/{call.Id}/reject")
        ).ShouldBe("unknown-call");
        (await rooms.RefusedAsync(404, HttpMethod.Post, anna, "/calls/none/reject")).ShouldBe(
            "unknown-call"
        );
    }
}
