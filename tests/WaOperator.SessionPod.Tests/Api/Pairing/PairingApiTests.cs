using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Simulator.Control;
using WaOperator.Store;
using WaOperator.Testing;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Tests.Api.Pairing;

public sealed class PairingApiTests
{
    [Fact]
    public async Task A_phone_scans_what_the_stream_shows_and_the_stream_says_complete()
    {
        await using var world = await PodWorld.StartAsync();
        var pod = await world.PodAsync(0, "pod-a");
        await pod.ReadyAsync();
        var session = await world.SessionAsync(0);
        using var http = Client(pod);
        await RunsAsync(http, session);
        using var stream = await FollowAsync(http, session);

        var shown = (await stream.NextAsync("qr")).Data;
        var qr = (string)shown["qr"]!;
        Picture((string)shown["png"]!).ShouldBeGreaterThan(100);
        var (status, body, _) = await AskAsync(http, session, "application/json");
        status.ShouldBe(200);
        ((string?)body!["state"]).ShouldBe("Ready");
        ((string?)body["qr"]).ShouldBe(qr);
        await session.ScanCodeAsync(qr);

        var complete = (await stream.NextAsync("complete")).Data;
        ((string?)complete["state"]).ShouldBe("Linked");
        ((string?)complete["phone"]).ShouldBe(session.Phone);
        (await stream.NextAsync()).ShouldBeNull();
        (await session.StateAsync())!.Phase.ShouldBe(SessionPhase.Connected);
        // No code is left for anybody.
        (status, body, _) = await AskAsync(http, session, "application/json");
        status.ShouldBe(200);
        body!["qr"].ShouldBeNull();
        (status, body, _) = await AskAsync(http, session, "image/png");
        status.ShouldBe(409);
        ((string?)body!["type"]).ShouldBe("urn:wa:problem:no-code");
    }

    [Fact]
    public async Task Each_code_of_a_round_is_told_and_so_is_its_end()
    {
        var network = new FakeNetwork();
        await using var world = await PodWorld.StartAsync(network: network);
        var pod = await world.PodAsync(0, "pod-a");
        await pod.ReadyAsync();
        var session = await world.SessionAsync(0);
        var round = await network.ConnectionAsync(session, 1);
        using var http = Client(pod);
        await RunsAsync(http, session);
        using var stream = await FollowAsync(http, session);
        foreach (var number in (int[])[1, 2])
        {
            await round.TellAsync(
                new QrCode($"code-{number}", "", TimeSpan.FromMinutes(1), number, 2)
            );
            var shown = (await stream.NextAsync("qr")).Data;
            ((string?)shown["qr"]).ShouldBe($"code-{number}");
            ((int?)shown["number"]).ShouldBe(number);
            ((int?)shown["of"]).ShouldBe(2);
        }
        var (status, _, png) = await AskAsync(http, session, "image/png");
        status.ShouldBe(200);
        png.ShouldStartWith("\u0089PNG");

        round.End(DisconnectKind.PairingExpired);

        ((string?)(await stream.NextAsync("error")).Data["state"]).ShouldBe("Expired");
        (await stream.NextAsync()).ShouldBeNull();
        // A new round is followed by a new stream, which does not take the old one's end for its own.
        using var again = await FollowAsync(http, session);
        ((string?)(await again.NextAsync("status")).Data["state"]).ShouldBe("Expired");
        await session.WantAsync(row => row with { PairRequest = "again" });
        await (await network.ConnectionAsync(session, 2)).TellAsync(
            new PhoneCode("ABCD1234", TimeSpan.FromMinutes(1))
        );
        ((string?)(await again.NextAsync("code")).Data["code"]).ShouldBe("ABCD1234");
    }

    [Fact]
    public async Task Another_method_ends_the_round_and_its_code_links_the_phone()
    {
        await using var world = await PodWorld.StartAsync();
        var pod = await world.PodAsync(0, "pod-a");
        await pod.ReadyAsync();
        var session = await world.SessionAsync(0);
        using var http = Client(pod);
        await RunsAsync(http, session);
        using var stream = await FollowAsync(http, session);
        await stream.NextAsync("qr");

        await session.WantAsync(row => row with { PairingMethod = "Code", PairRequest = "2" });

        var code = (string)(await stream.NextAsync("code")).Data["code"]!;
        using (
            var typed = await world.PostAsync(
                $"/phones/{session.Phone}/enter-code",
                new EnterCodeRequest(code)
            )
        )
            typed.IsSuccessStatusCode.ShouldBeTrue(await typed.Content.ReadAsStringAsync());
        await stream.NextAsync("complete");
        // A linked session is not disturbed by it.
        var before = (await session.StateAsync())!.LastConnectedAt;
        await session.WantAsync(row => row with { PairingMethod = "QR", PairRequest = "3" });
        await Eventually.True(
            "the pod knows",
            async () =>
                await world.SqlAsync(
                    $"select pairing_method from wa.session where id = {session.Id}"
                )
                    is "QR"
        );
        (await AskAsync(http, session, "application/json")).Body!["state"]!
            .GetValue<string>()
            .ShouldBe("Linked");
        (await session.StateAsync())!.LastConnectedAt.ShouldBe(before);
    }

    [Fact]
    public async Task A_tenant_follows_three_pairings_at_once_and_a_closed_one_makes_room()
    {
        var network = new FakeNetwork();
        await using var world = await PodWorld.StartAsync(network: network);
        var pod = await world.PodAsync(0, "pod-a");
        await pod.ReadyAsync();
        var session = await world.SessionAsync(0);
        using var http = Client(pod);
        await RunsAsync(http, session);
        var streams = new List<EventReader>();
        for (var i = 0; i < 3; i++)
            streams.Add(await FollowAsync(http, session));

        var (status, body, _) = await AskAsync(http, session, "text/event-stream");
        status.ShouldBe(429);
        ((bool?)body!["retryable"]).ShouldBe(true);
        (await AskAsync(http, session, "text/html")).Status.ShouldBe(406);

        streams[0].Dispose();
        await Eventually.True(
            "the closed stream has made room",
            async () =>
            {
                using var request = Request(session, "text/event-stream");
                using var answer = await http.SendAsync(
                    request,
                    HttpCompletionOption.ResponseHeadersRead
                );
                return answer.IsSuccessStatusCode;
            }
        );
        // The pod stops: the streams end, and it does not wait for them.
        await pod.StopAsync();
        foreach (var stream in streams)
            stream.Dispose();
    }

    private static Task RunsAsync(HttpClient http, TestSession session) =>
        Eventually.True(
            "the pod runs the session",
            async () => (await AskAsync(http, session, "application/json")).Status == 200
        );

    private static HttpClient Client(TestPod pod)
    {
        var http = new HttpClient { BaseAddress = pod.Api };
        http.DefaultRequestHeaders.Authorization = new("Bearer", PodWorld.ApiKey);
        return http;
    }

    private static HttpRequestMessage Request(TestSession session, string accept)
    {
        var request = new HttpRequestMessage(
            HttpMethod.Get,
            $"/v1/sessions/ns/{session.Name}/pairing"
        );
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(accept));
        return request;
    }

    private static async Task<(int Status, JsonNode? Body, string Text)> AskAsync(
        HttpClient http,
        TestSession session,
        string accept
    )
    {
        using var request = Request(session, accept);
        using var answer = await http.SendAsync(request);
        var bytes = await answer.Content.ReadAsByteArrayAsync();
        return (
            (int)answer.StatusCode,
            bytes is [(byte)'{', ..] ? JsonNode.Parse(bytes) : null,
            System.Text.Encoding.Latin1.GetString(bytes)
        );
    }

    private static async Task<EventReader> FollowAsync(HttpClient http, TestSession session)
    {
        using var request = Request(session, "text/event-stream");
        var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        ((int)answer.StatusCode).ShouldBe(200);
        return new EventReader(answer);
    }

    private static int Picture(string uri)
    {
        const string prefix = "data:image/png;base64,";
        uri.ShouldStartWith(prefix);
        var png = Convert.FromBase64String(uri[prefix.Length..]);
        png.AsSpan(1, 3).SequenceEqual("PNG"u8).ShouldBeTrue();
        return png.Length;
    }
}
