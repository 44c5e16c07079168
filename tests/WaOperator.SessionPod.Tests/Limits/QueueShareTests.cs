using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store.Messages;
using WaOperator.Store.Sessions;
using WaOperator.Testing;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Tests.Limits;

public sealed class QueueShareTests
{
    private const long MiB = 1024 * 1024;

    [Theory]
    [InlineData(9, 0, true)]
    [InlineData(10, 0, false)]
    [InlineData(0, 2 * MiB - 1, true)]
    [InlineData(0, 2 * MiB, false)]
    [InlineData(-1, -1, true)]
    public void A_share_is_used_up_by_messages_or_by_bytes(long messages, long bytes, bool room) =>
        new QueueShare(10, 2).HasRoom(new Backlog(messages, bytes)).ShouldBe(room);

    [Fact]
    public async Task The_sessions_of_a_tenant_on_all_pods_share_what_may_wait()
    {
        await using var world = await PodWorld.StartAsync();
        await using var a = await world.PodAsync(0, "pod-a", o => o with { MaxTenantQueue = 6 });
        await using var b = await world.PodAsync(1, "pod-b", o => o with { MaxTenantQueue = 6 });
        var (one, two) = (await StoppedAsync(world, 0), await StoppedAsync(world, 1));
        using var first = new ApiClient(a.Api);
        using var second = new ApiClient(b.Api);
        for (var i = 0; i < 4; i++)
            await first.TextAsync(one.Name, "4917012345", $"{i}", id: $"3EB000000{i}");

        // The other pod hears of it within seconds.
        await Eventually.True(
            "the other pod refuses",
            async () =>
                (await second.SendAsync(two.Name, new { to = "4917012345", text = "x" })).Status
                == 429
        );
        (
            (long)(await world.SqlAsync("select sum(messages)::bigint from wa.session_backlog"))!
        ).ShouldBeGreaterThanOrEqualTo(6);
        var (status, problem, type) = await second.SendAsync(
            two.Name,
            new { to = "4917012345", text = "x" }
        );
        status.ShouldBe(429);
        type.ShouldBe("application/problem+json");
        ((string?)problem!["detail"])!.ShouldContain("6 messages or 512 MiB may");
        // What was accepted is still answered for.
        await first.TextAsync(one.Name, "4917012345", "2", id: "3EB0000002");

        // When what waited has gone out, there is room again.
        await one.WantAsync(s => s with { Desired = DesiredState.Active });
        await two.WantAsync(s => s with { Desired = DesiredState.Active });
        await Eventually.True(
            "there is room again",
            async () =>
                (await second.SendAsync(two.Name, new { to = "4917012345", text = "x" })).Status
                == 202
        );
    }

    [Fact]
    public async Task A_session_s_queue_is_bounded_by_its_size_too()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a", o => o with { MaxQueueMiB = 1 });
        var session = await StoppedAsync(world, 0);
        using var api = new ApiClient(pod.Api);
        var text = new string('x', 65_536);
        for (var i = 0; i < 16; i++)
            await api.TextAsync(session.Name, "4917012345", text);

        var (status, problem, _) = await api.SendAsync(
            session.Name,
            new { to = "4917012345", text = "x" }
        );

        status.ShouldBe(429);
        ((string?)problem!["detail"])!.ShouldContain("1 MiB");
    }

    [Fact]
    public async Task A_message_is_counted_as_it_is_stored()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await StoppedAsync(world, 0);
        using var api = new ApiClient(pod.Api);
        await api.TextAsync(session.Name, "4917012345678", "héllo");

        var size = OutboxCodec.SizeOf(
            new OutboundMessage(
                "id",
                "4917012345678@s.whatsapp.net",
                OutboundState.Queued,
                WhatsApp.Content.MessageContent.Text("héllo").ToBytes(),
                null,
                null
            )
        );

        (await world.SqlAsync("select bytes from wa.session_backlog")).ShouldBe(size.Bytes);
    }

    /// <summary>A linked session that is not connected, so what it is given waits.</summary>
    private static async Task<TestSession> StoppedAsync(PodWorld world, int ordinal)
    {
        var session = await world.PairedAsync(ordinal);
        await session.WantAsync(s => s with { Desired = DesiredState.Stopped });
        await session.PhaseAsync(SessionPhase.Stopped);
        return session;
    }
}
