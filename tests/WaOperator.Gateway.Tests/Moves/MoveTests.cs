using WaOperator.SessionPod.Tests.World;
using WaOperator.Testing;

namespace WaOperator.Gateway.Tests.Moves;

/// <summary>A gateway before real pods, whose sessions move while tenants send and listen.</summary>
public sealed class MoveTests
{
    private const int Senders = 3;

    // Of one sender in one move, if that takes long.
    private const int MostAtOnce = 200;

    [Fact]
    public async Task While_a_session_moves_each_accepted_message_arrives_once_and_no_event_is_missed()
    {
        await using var world = await PodWorld.StartAsync();
        TestPod[] pods = [await world.PodAsync(0, "pod-a"), await world.PodAsync(1, "pod-b")];
        var (session, peer) = (await world.PairedAsync(0), await world.PairedAsync(1));
        await using var gateway = await PodGateway.StartAsync(world, pods);
        using var api = new ApiClient(gateway.Api);
        using var events = await api.FollowAsync(session.Name, after: 0);
        var accepted = new List<string>();

        foreach (var ordinal in (int[])[1, 0, 1])
        {
            using var moved = new CancellationTokenSource();
            var sending = Enumerable
                .Range(0, Senders)
                .Select(_ => SendAsync(api, session.Name, peer.Phone, moved.Token))
                .ToArray();
            await session.PlaceAsync(ordinal);
            await Eventually.True(
                $"shard {ordinal} owns the session",
                async () => await session.OwnerAsync() == PodWorld.Shard(ordinal)
            );
            await moved.CancelAsync();
            accepted.AddRange((await Task.WhenAll(sending)).SelectMany(ids => ids));
        }

        accepted.ShouldBeUnique();
        var arrived = await ArrivedAsync(api, peer.Name, accepted.Count);
        arrived.Order(StringComparer.Ordinal).ShouldBe(accepted.Order(StringComparer.Ordinal));
        await NoEventIsMissedAsync(api, session.Name, events);
        var metrics = await gateway.MetricsAsync();
        metrics
            .Contains("wa_gateway_hold_seconds_count 0\n", StringComparison.Ordinal)
            .ShouldBeFalse("no request came while it moved");
        metrics
            .Contains("wa_api_requests_total{code=\"5", StringComparison.Ordinal)
            .ShouldBeFalse(metrics);
    }

    /// <summary>Texts one after the other; each must be accepted and found, wherever the session is.</summary>
    private static async Task<List<string>> SendAsync(
        ApiClient api,
        string session,
        string to,
        CancellationToken moved
    )
    {
        var ids = new List<string>();
        do
        {
            var id = await api.TextAsync(session, to, "hello");
            (await api.GetAsync($"/v1/sessions/ns/{session}/messages/{id}")).Status.ShouldBe(200);
            ids.Add(id);
        } while (ids.Count < MostAtOnce && !moved.IsCancellationRequested);
        return ids;
    }

    /// <summary>The ids of the messages that a session received, up to the number that is expected and what came with it.</summary>
    private static async Task<List<string>> ArrivedAsync(ApiClient api, string session, int most)
    {
        using var events = await api.FollowAsync(session, after: 0);
        var last = await LastEventAsync(api, session);
        var arrived = new List<string>();
        for (var number = 0L; number < last || arrived.Count < most; )
        {
            var seen = (await events.NextAsync()).ShouldNotBeNull();
            number = seen.Id ?? number;
            if (seen.Type == "message")
                arrived.Add((string)seen.Data["id"]!);
        }
        return arrived;
    }

    private static async Task NoEventIsMissedAsync(
        ApiClient api,
        string session,
        EventReader events
    )
    {
        var last = await LastEventAsync(api, session);
        for (var next = 1L; next <= last; )
        {
            var seen = (await events.NextAsync()).ShouldNotBeNull("the stream stays open");
            seen.Type.ShouldNotBe("moved");
            if (seen.Id is { } number)
                number.ShouldBe(next++);
        }
    }

    private static async Task<long> LastEventAsync(ApiClient api, string session) =>
        (long)(await api.GetAsync($"/v1/sessions/ns/{session}")).Body!["lastEvent"]!;
}
