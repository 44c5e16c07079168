using System.Net.Http.Json;
using System.Text;
using WaOperator.Api.Links;
using WaOperator.SessionPod.Api.Pairing;
using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store;
using WaOperator.Testing;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Tests.Api.Pairing;

/// <summary>Links that open a session's pairing without an API key.</summary>
public sealed class PairingLinkTests
{
    [Fact]
    public async Task A_phone_is_linked_with_the_page_of_a_link()
    {
        await using var world = await PodWorld.StartAsync();
        var pod = await world.PodAsync(0, "pod-a");
        var session = await world.SessionAsync(0);
        using var client = new MediaClient(pod.Api);
        using var browser = new MediaClient(pod.Api, key: null);
        await session.PhaseAsync(SessionPhase.Pairing);

        var made = await MakeAsync(client, session);

        made.Status.ShouldBe(200);
        var url = (string)made.Json["url"]!;
        url.ShouldStartWith("/v1/pairing/");
        var life = (DateTimeOffset)made.Json["expiresAt"]! - TimeProvider.System.GetUtcNow();
        life.ShouldBeInRange(TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(15));
        var page = await GetAsync(browser, url);
        page.Status.ShouldBe(200);
        page.Content.ContentType!.ToString().ShouldBe("text/html; charset=utf-8");
        var text = Encoding.UTF8.GetString(page.Bytes);
        text.ShouldContain("<main data-view=\"Qr\">");
        text.ShouldContain("src=\"data:image/png;base64,");
        var nonce = text.Split("<script nonce=\"")[1].Split('"')[0];
        page.Headers.GetValues("Content-Security-Policy")
            .Single()
            .ShouldBe(
                $"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
            );
        page.Headers.GetValues("Referrer-Policy").Single().ShouldBe("no-referrer");
        page.Headers.GetValues("X-Content-Type-Options").Single().ShouldBe("nosniff");
        page.Headers.CacheControl!.NoStore.ShouldBeTrue();
        Encoding.UTF8.GetString((await GetAsync(browser, url)).Bytes).ShouldNotContain(nonce);

        using var stream = await FollowAsync(pod, url);
        var qr = (string)(await stream.NextAsync("qr")).Data["qr"]!;
        await session.ScanCodeAsync(qr);

        var complete = (await stream.NextAsync("complete")).Data;
        ((string?)complete["state"]).ShouldBe("Linked");
        complete["phone"].ShouldBeNull("who has the link need not know it");
        (await stream.NextAsync()).ShouldBeNull();
        Encoding
            .UTF8.GetString((await GetAsync(browser, url)).Bytes)
            .ShouldContain("<main data-view=\"Linked\">");
        (await MakeAsync(client, session)).Slug.ShouldBe("already-paired");
    }

    [Fact]
    public async Task What_opens_nothing_is_told_in_the_same_words()
    {
        var network = new FakeNetwork();
        await using var world = await PodWorld.StartAsync(network: network);
        var pod = await world.PodAsync(0, "pod-a");
        var session = await world.SessionAsync(0);
        var stopped = await world.SessionAsync(0);
        using var client = new MediaClient(pod.Api);
        using var browser = new MediaClient(pod.Api, key: null);
        await network.ConnectionAsync(session, 1);
        var token = await TokenAsync(client, session);
        var ofStopped = await TokenAsync(client, stopped);
        await stopped.WantAsync(row => row with { Desired = DesiredState.Stopped });
        await stopped.PhaseAsync(SessionPhase.Stopped);
        SignedLink.TryRead(LinkKind.Pairing, token, out var link).ShouldBeTrue();
        var now = TimeProvider.System.GetUtcNow();
        (await GetAsync(browser, $"/v1/pairing/{token}")).Status.ShouldBe(200);
        // Were it signed for a file, the file would be looked for.
        var media = pod.Sign(link with { Kind = LinkKind.Media, Target = "med_x" });
        (await GetAsync(browser, $"/v1/media/{media}")).Slug.ShouldBe("unknown-media");

        var answers = new List<GivenFile> { await GetAsync(browser, $"/v1/media/{token}") };
        foreach (
            var bad in (string[])
                [
                    "x",
                    token[..^1],
                    (token[0] == 'A' ? 'B' : 'A') + token[1..],
                    link.Sign(new byte[32]),
                    media,
                    ofStopped,
                    pod.Sign(link with { ExpiresAt = now.AddSeconds(-1) }),
                    // A session of the same name before this one, and one that there is not.
                    pod.Sign(link with { Session = link.Session + 1000 }),
                    pod.Sign(link with { Name = "none" }),
                    // Of a pairing before this one.
                    pod.Sign(link with { Target = "1764579600000" }),
                ]
        )
        foreach (var path in (string[])["", "/events"])
            answers.Add(await GetAsync(browser, $"/v1/pairing/{bad}{path}"));

        answers.ShouldAllBe(a => a.Status == 404 && a.Slug == "invalid-link");
        answers.Select(a => (string?)a.Json["detail"]).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_link_is_good_for_rounds_of_codes_until_a_phone_is_linked()
    {
        var network = new FakeNetwork();
        await using var world = await PodWorld.StartAsync(network: network);
        var pod = await world.PodAsync(0, "pod-a");
        var session = await world.SessionAsync(0);
        using var client = new MediaClient(pod.Api);
        var round = await network.ConnectionAsync(session, 1);
        var url = "/v1/pairing/" + await TokenAsync(client, session);
        using (var stream = await FollowAsync(pod, url))
        {
            await round.TellAsync(new QrCode("code-1", "", TimeSpan.FromMinutes(1), 1, 1));
            ((string?)(await stream.NextAsync("qr")).Data["qr"]).ShouldBe("code-1");
            round.End(DisconnectKind.PairingExpired);
            ((string?)(await stream.NextAsync("error")).Data["state"]).ShouldBe("Expired");
        }
        await session.WantAsync(row => row with { PairRequest = "2" });
        round = await network.ConnectionAsync(session, 2);
        await round.TellAsync(new QrCode("code-2", "", TimeSpan.FromMinutes(1), 1, 1));
        using (var stream = await FollowAsync(pod, url))
            ((string?)(await stream.NextAsync("qr")).Data["qr"]).ShouldBe("code-2");
        await round.LinkAsync();
        var linked = await network.ConnectionAsync(session, 3);
        await linked.EstablishAsync();
        await session.PhaseAsync(SessionPhase.Connected);

        linked.End(DisconnectKind.LoggedOut);
        await session.PhaseAsync(SessionPhase.LoggedOut);
        await session.WantAsync(row => row with { PairRequest = "3" });
        round = await network.ConnectionAsync(session, 4);
        await round.TellAsync(new QrCode("code-3", "", TimeSpan.FromMinutes(1), 1, 1));

        using var browser = new MediaClient(pod.Api, key: null);
        (await GetAsync(browser, url)).Slug.ShouldBe("invalid-link");
        (await GetAsync(browser, url + "/events")).Slug.ShouldBe("invalid-link");
        using var again = await FollowAsync(
            pod,
            "/v1/pairing/" + await TokenAsync(client, session)
        );
        ((string?)(await again.NextAsync("qr")).Data["qr"]).ShouldBe("code-3");
    }

    [Fact]
    public async Task A_link_s_streams_end_with_it_and_count_with_those_of_keys()
    {
        var network = new FakeNetwork();
        await using var world = await PodWorld.StartAsync(network: network);
        var pod = await world.PodAsync(0, "pod-a");
        var session = await world.SessionAsync(0);
        using var client = new MediaClient(pod.Api);
        using var browser = new MediaClient(pod.Api, key: null);
        await network.ConnectionAsync(session, 1);
        foreach (var wrong in (object[])[0, 86_401, -1, "x", 1.5])
        {
            var refused = await MakeAsync(client, session, new { expiresIn = wrong });
            (refused.Status, refused.Slug).ShouldBe((400, "invalid-body"));
            ((string?)refused.Json["errors"]![0]!["pointer"]).ShouldBe("#/expiresIn");
        }
        (await MakeAsync(client, session, new { seconds = 5 })).Status.ShouldBe(400);
        var url = "/v1/pairing/" + await TokenAsync(client, session);
        var brief = await MakeAsync(client, session, new { expiresIn = 2 });

        using (var stream = await FollowAsync(pod, (string)brief.Json["url"]!))
        {
            var end = (await stream.NextAsync("error")).Data;
            ((string?)end["reason"]).ShouldBe("StreamEnded");
        }
        (await GetAsync(browser, (string)brief.Json["url"]! + "/events")).Slug.ShouldBe(
            "invalid-link"
        );

        var streams = new List<EventReader>();
        for (var i = 0; i < 3; i++)
            streams.Add(await FollowAsync(pod, url));
        var full = await GetAsync(browser, url + "/events");
        (full.Status, full.Slug).ShouldBe((429, "rate-limited"));
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            $"/v1/sessions/ns/{session.Name}/pairing"
        );
        request.Headers.Accept.Add(new("text/event-stream"));
        (await client.AskAsync(request)).Status.ShouldBe(429);
        foreach (var stream in streams)
            stream.Dispose();
    }

    private static async Task<GivenFile> MakeAsync(
        MediaClient client,
        TestSession session,
        object? body = null
    ) =>
        await Eventually.Get(
            "the pod runs the session",
            async () =>
                await client.AskAsync(
                    new(HttpMethod.Post, $"/v1/sessions/ns/{session.Name}/pairing/link")
                    {
                        Content = body is null ? null : JsonContent.Create(body),
                    }
                )
                    is { Status: not 503 } answer
                    ? answer
                    : null
        );

    private static async Task<string> TokenAsync(MediaClient client, TestSession session)
    {
        var made = await MakeAsync(client, session);
        made.Status.ShouldBe(200, Encoding.UTF8.GetString(made.Bytes));
        return ((string)made.Json["url"]!)["/v1/pairing/".Length..];
    }

    private static Task<GivenFile> GetAsync(MediaClient browser, string path) =>
        browser.AskAsync(new(HttpMethod.Get, path));

    private static async Task<EventReader> FollowAsync(TestPod pod, string url)
    {
        var http = new HttpClient { BaseAddress = pod.Api };
        var answer = await http.GetAsync(url + "/events", HttpCompletionOption.ResponseHeadersRead);
        ((int)answer.StatusCode).ShouldBe(200);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        return new EventReader(answer);
    }
}
