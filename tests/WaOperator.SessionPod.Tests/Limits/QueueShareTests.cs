using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.Testing;

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
    public async Task The_sessions_of_a_tenant_on_a_pod_share_what_may_wait()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a", o => o with { MaxTenantQueue = 6 });
        var (one, two) = (await StoppedAsync(world, 0), await StoppedAsync(world, 0));
        using var api = new ApiClient(pod.Api);
        for (var i = 0; i < 4; i++)
            await api.TextAsync(one.Name, "4917012345", $"{i}", id: $"3EB000000{i}");
        for (var i = 0; i < 2; i++)
            await api.TextAsync(two.Name, "4917012345", $"{i}");

        var (status, problem, type) = await api.SendAsync(
            two.Name,
            new { to = "4917012345", text = "x" }
        );

        status.ShouldBe(429);
        type.ShouldBe("application/problem+json");
        ((string?)problem!["detail"])!.ShouldContain("6 messages or 512 MiB");
        // What was accepted is still answered for.
        await api.TextAsync(one.Name, "4917012345", "2", id: "3EB0000002");

        // When what waited has gone out, there is room again.
        await one.WantAsync(s => s with { Desired = DesiredState.Active });
        await Eventually.True(
            "there is room again",
            async () =>
                (await api.SendAsync(two.Name, new { to = "4917012345", text = "x" })).Status == 202
        );
    }

    [Fact]
    public async Task A_new_owner_counts_what_waits()
    {
        await using var world = await PodWorld.StartAsync();
        TestSession session;
        await using (var first = await world.PodAsync(0, "pod-a"))
        {
            session = await StoppedAsync(world, 0);
            using var api = new ApiClient(first.Api);
            for (var i = 0; i < 3; i++)
                await api.TextAsync(session.Name, "4917012345", $"{i}");
        }
        await using var second = await world.PodAsync(0, "pod-b", o => o with { MaxQueue = 3 });
        await session.PhaseAsync(SessionPhase.Stopped);
        using var again = new ApiClient(second.Api);

        var answer = await Eventually.Get(
            "the new owner answers",
            async () =>
            {
                var (status, _, _) = await again.SendAsync(
                    session.Name,
                    new { to = "4917012345", text = "x" }
                );
                return status is 202 or 429 ? $"{status}" : null;
            }
        );
        answer.ShouldBe("429");
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
            new(
                "3EB0",
                "4917012345678@s.whatsapp.net",
                WhatsApp.Storage.OutboundState.Queued,
                WhatsApp.Content.MessageContent.Text("héllo").ToBytes(),
                null,
                null
            )
        );

        (await world.SqlAsync("select octet_length(body)::bigint from wa.session_outbox")).ShouldBe(
            size.Bytes
        );
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
