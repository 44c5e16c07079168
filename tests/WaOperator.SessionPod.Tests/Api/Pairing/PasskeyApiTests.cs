using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Simulator.Control;
using WaOperator.Store;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Api.Pairing;

/// <summary>Accounts that are linked only with their passkey, over the API and by the page of a link.</summary>
public sealed class PasskeyApiTests
{
    [Fact]
    public async Task A_passkey_that_was_used_elsewhere_links_the_session()
    {
        await using var world = await PodWorld.StartAsync();
        var pod = await world.PodAsync(0, "pod-a");
        await pod.ReadyAsync();
        var session = await world.SessionAsync(0);
        using var http = Client(pod);
        (await PutPasskeyAsync(world, session)).ShouldBe(HttpStatusCode.OK);
        await session.PhaseAsync(SessionPhase.Pairing);
        await RunsAsync(http, session);
        using var early = await http.PostAsJsonAsync(Path(session), new { });
        early.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await early.Content.ReadAsStringAsync()).ShouldContain("urn:wa:problem:no-passkey");
        using var stream = await FollowAsync(http, session);
        var scan = session.ScanCodeAsync((string)(await stream.NextAsync("qr")).Data["qr"]!);

        var asked = (await stream.NextAsync("passkey")).Data;

        ((string?)asked["state"]).ShouldBe("PasskeyRequired");
        ((string?)asked["reason"]).ShouldBe("PasskeyRequired");
        asked["qr"].ShouldBeNull();
        var left = (DateTimeOffset)asked["expiresAt"]! - TimeProvider.System.GetUtcNow();
        left.ShouldBeInRange(TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10));
        (await session.StateAsync())!.Reason.ShouldBe("PasskeyRequired");
        var options = asked["passkey"]!.ToJsonString();
        foreach (
            var broken in (string[])
                ["", "{}", await SignAsync(world, session, """{"challenge":"AAAA"}""")]
        )
        {
            using var refused = await PostAsync(http, Path(session), broken);
            refused.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        }

        using var taken = await PostAsync(
            http,
            Path(session),
            await SignAsync(world, session, options)
        );

        taken.StatusCode.ShouldBe(HttpStatusCode.Accepted, await taken.Content.ReadAsStringAsync());
        await stream.NextAsync("complete");
        await scan;
        (await session.StateAsync())!.Phase.ShouldBe(SessionPhase.Connected);
        using var late = await PostAsync(http, Path(session), "{}");
        late.StatusCode.ShouldBe(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task An_assertion_that_whatsapp_does_not_accept_ends_the_round_and_the_next_one_works()
    {
        await using var world = await PodWorld.StartAsync();
        var pod = await world.PodAsync(0, "pod-a");
        await pod.ReadyAsync();
        var session = await world.SessionAsync(0);
        using var http = Client(pod);
        await PutPasskeyAsync(world, session);
        await session.PhaseAsync(SessionPhase.Pairing);
        using (var stream = await FollowAsync(http, session))
        {
            _ = ScanAsync(world, session, (string)(await stream.NextAsync("qr")).Data["qr"]!);
            var options = (await stream.NextAsync("passkey")).Data["passkey"]!.ToJsonString();
            using var refused = await PostAsync(
                http,
                Path(session),
                await SignAsync(world, session, options, "https://example.org")
            );
            refused.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        }
        var ended = await session.PhaseAsync(SessionPhase.PairingExpired);
        ended.Reason.ShouldBe("PairingRejected");

        await session.WantAsync(row => row with { PairRequest = "again" });
        await session.PhaseAsync(SessionPhase.Pairing);
        using var again = await FollowAsync(http, session);
        _ = ScanAsync(world, session, (string)(await again.NextAsync("qr")).Data["qr"]!);
        var asked = (await again.NextAsync("passkey")).Data["passkey"]!.ToJsonString();
        using var taken = await PostAsync(
            http,
            Path(session),
            await SignAsync(world, session, asked)
        );
        taken.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        await again.NextAsync("complete");
    }

    [Fact]
    public async Task Who_has_a_link_uses_the_passkey_by_its_page()
    {
        await using var world = await PodWorld.StartAsync();
        var pod = await world.PodAsync(0, "pod-a");
        await pod.ReadyAsync();
        var session = await world.SessionAsync(0);
        using var http = Client(pod);
        await PutPasskeyAsync(world, session);
        await session.PhaseAsync(SessionPhase.Pairing);
        using var made = await http.PostAsync($"/v1/sessions/ns/{session.Name}/pairing/link", null);
        var url = (string)JsonNode.Parse(await made.Content.ReadAsStringAsync())!["url"]!;
        using var browser = new HttpClient { BaseAddress = pod.Api };
        using var stream = await FollowAsync(browser, $"{url}/events");
        _ = ScanAsync(world, session, (string)(await stream.NextAsync("qr")).Data["qr"]!);
        var options = (await stream.NextAsync("passkey")).Data["passkey"]!.ToJsonString();
        var page = await browser.GetStringAsync(url);
        page.ShouldContain("<main data-view=\"PasskeyRequired\">");
        page.ShouldContain("navigator.credentials.get");
        using (var forged = await PostAsync(browser, $"{url[..^1]}x/passkey", "{}"))
            forged.StatusCode.ShouldBe(HttpStatusCode.NotFound);

        using var taken = await PostAsync(
            browser,
            $"{url}/passkey",
            await SignAsync(world, session, options)
        );

        taken.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        await stream.NextAsync("complete");
    }

    private static HttpClient Client(TestPod pod)
    {
        var http = new HttpClient { BaseAddress = pod.Api };
        http.DefaultRequestHeaders.Authorization = new("Bearer", PodWorld.ApiKey);
        return http;
    }

    private static Task RunsAsync(HttpClient http, TestSession session) =>
        Eventually.True(
            "the pod runs the session",
            async () =>
            {
                using var answer = await http.GetAsync($"/v1/sessions/ns/{session.Name}/pairing");
                return answer.IsSuccessStatusCode;
            }
        );

    private static Task<EventReader> FollowAsync(HttpClient http, TestSession session) =>
        FollowAsync(http, $"/v1/sessions/ns/{session.Name}/pairing");

    private static async Task<EventReader> FollowAsync(HttpClient http, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(new("text/event-stream"));
        var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        return new(answer);
    }

    private static string Path(TestSession session) =>
        $"/v1/sessions/ns/{session.Name}/pairing/passkey";

    private static async Task<HttpStatusCode> PutPasskeyAsync(PodWorld world, TestSession session)
    {
        using var put = await world.PutAsync($"/phones/{session.Phone}", new { passkey = true });
        return put.StatusCode;
    }

    private static Task<HttpResponseMessage> ScanAsync(
        PodWorld world,
        TestSession session,
        string qr
    ) => world.PostAsync($"/phones/{session.Phone}/scan", new ScanRequest(qr));

    private static async Task<string> SignAsync(
        PodWorld world,
        TestSession session,
        string options,
        string? origin = null
    )
    {
        using var answer = await world.PostAsync(
            $"/phones/{session.Phone}/passkey/sign",
            new SignRequest(options, origin)
        );
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadAsStringAsync();
    }

    private static async Task<HttpResponseMessage> PostAsync(
        HttpClient http,
        string path,
        string json
    )
    {
        using var body = new StringContent(json, MediaTypeHeaderValue.Parse("application/json"));
        return await http.PostAsync(path, body);
    }
}
