using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Testing;
using WaOperator.WhatsApp;

namespace WaOperator.Gateway.Tests.Moves;

/// <summary>A link to a pairing whose session moves to another pod.</summary>
public sealed class PairingLinkMoveTests
{
    [Fact]
    public async Task The_link_that_one_pod_made_opens_the_pairing_at_the_next()
    {
        var network = new FakeNetwork();
        await using var world = await PodWorld.StartAsync(network: network);
        TestPod[] pods = [await world.PodAsync(0, "pod-a"), await world.PodAsync(1, "pod-b")];
        var session = await world.SessionAsync(0);
        await network.ConnectionAsync(session, 1);
        await using var gateway = await PodGateway.StartAsync(world, pods);
        using var api = new ApiClient(gateway.Api);
        using var browser = new HttpClient { BaseAddress = gateway.Api };
        var made = await api.AskAsync(
            HttpMethod.Post,
            $"/v1/sessions/ns/{session.Name}/pairing/link"
        );
        made.Status.ShouldBe(200, made.Body?.ToJsonString());
        var url = (string)made.Body!["url"]!;

        await session.PlaceAsync(1);
        await Eventually.True(
            "the other pod owns the session",
            async () => await session.OwnerAsync() == PodWorld.Shard(1)
        );

        using var answer = await browser.GetAsync(
            url + "/events",
            HttpCompletionOption.ResponseHeadersRead
        );
        ((int)answer.StatusCode).ShouldBe(200);
        using var events = new EventReader(answer);
        var round = await network.ConnectionAsync(session, 2);
        await round.TellAsync(new QrCode("code-1", "", TimeSpan.FromMinutes(1), 1, 1));
        ((string?)(await events.NextAsync("qr")).Data["qr"]).ShouldBe("code-1");
        await round.LinkAsync();
        await (await network.ConnectionAsync(session, 3)).EstablishAsync();
        ((string?)(await events.NextAsync("complete")).Data["state"]).ShouldBe("Linked");
    }
}
