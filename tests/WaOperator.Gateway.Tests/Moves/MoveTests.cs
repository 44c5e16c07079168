using System.Net;
using Microsoft.AspNetCore.Builder;
using WaOperator.Gateway.Hosting;
using WaOperator.Gateway.Options;
using WaOperator.Gateway.Tests.World;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Testing;

namespace WaOperator.Gateway.Tests.Moves;

/// <summary>A gateway before real pods, whose sessions move while tenants send and listen.</summary>
public sealed class MoveTests
{
    private const int Senders = 3;

    // Of one sender in one move: far from what a tenant may send.
    private const int MostAtOnce = 10;

    [Fact]
    public async Task While_a_session_moves_each_accepted_message_arrives_once_and_no_event_is_missed()
    {
        await using var world = await PodWorld.StartAsync();
        TestPod[] pods = [await world.PodAsync(0, "pod-a"), await world.PodAsync(1, "pod-b")];
        var (session, peer) = (await world.PairedAsync(0), await world.PairedAsync(1));
        await using var app = await GatewayAsync(world, pods);
        using var api = new ApiClient(new TestGateway(app).Api);
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
    }

    /// <summary>Texts one after the other; each must be accepted, wherever the session is.</summary>
    private static async Task<List<string>> SendAsync(
        ApiClient api,
        string session,
        string to,
        CancellationToken moved
    )
    {
        var ids = new List<string>();
        do ids.Add(await api.TextAsync(session, to, "hello"));
        while (ids.Count < MostAtOnce && !moved.IsCancellationRequested);
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

    private static async Task<WebApplication> GatewayAsync(PodWorld world, TestPod[] pods)
    {
        await GatewayWorld.LetGatewaysLogInAsync(world.Admin);
        var app = GatewayHost.Build(
            new GatewayOptions
            {
                Database = world
                    .Options(0, "pod-a")
                    .Database.Replace("wa_pod", "wa_gateway", StringComparison.Ordinal),
                Port = 0,
                HealthPort = 0,
                Listen = IPAddress.Loopback,
                // Longer than a slow machine takes to move a session.
                Hold = TimeSpan.FromSeconds(15),
            },
            // A pod is named by its ordinal.
            place => pods[place.Pod![^1] - '0'].Api.Authority
        );
        await app.StartAsync();
        return app;
    }
}
