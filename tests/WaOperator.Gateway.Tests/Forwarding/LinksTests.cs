using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using WaOperator.Api;
using WaOperator.Api.Links;
using WaOperator.Gateway.Forwarding;
using WaOperator.Gateway.Tests.World;

namespace WaOperator.Gateway.Tests.Forwarding;

/// <summary>Signed links, which need no key.</summary>
public sealed class LinksTests
{
    private static readonly byte[] Key = RandomNumberGenerator.GetBytes(32);

    [Fact]
    public async Task A_link_brings_the_owner_s_file_as_it_is_and_without_a_key()
    {
        await using var world = await GatewayWorld.StartAsync();
        var (a, b) = (await world.PodAsync(0), await world.PodAsync(1));
        var session = await world.SessionAsync(a);
        var file = RandomNumberGenerator.GetBytes(3 * AnswerHead.Most);
        a.Answer = FakePod.NotOwnerAsync;
        b.Answer = async http =>
        {
            http.Response.StatusCode = 206;
            http.Response.ContentType = "image/png";
            http.Response.Headers.CacheControl = "private, max-age=60";
            http.Response.Headers.ETag = "\"abc\"";
            http.Response.Headers.ContentRange = $"bytes 0-{file.Length - 1}/*";
            await http.Response.Body.WriteAsync(file);
        };
        var gateway = await world.GatewayAsync();
        using var browser = new Tenant(gateway, key: null);
        await browser.GetAsync(LinkTo(session));
        await world.OwnAsync(session, b);
        using var request = new HttpRequestMessage(HttpMethod.Get, LinkTo(session));
        request.Headers.Range = new(0, file.Length - 1);

        using var answer = await browser.Http.SendAsync(request);

        ((int)answer.StatusCode).ShouldBe(206);
        (await answer.Content.ReadAsByteArrayAsync()).AsSpan().SequenceEqual(file).ShouldBeTrue();
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("image/png");
        answer.Headers.CacheControl!.ToString().ShouldBe("max-age=60, private");
        answer.Headers.ETag!.Tag.ShouldBe("\"abc\"");
        var asked = b.Requests.ShouldHaveSingleItem();
        asked.Path.ShouldStartWith("/v1/media/");
        asked.Headers.Range.ToString().ShouldBe($"bytes=0-{file.Length - 1}");
    }

    [Fact]
    public async Task A_pairing_s_page_comes_with_its_headers_and_its_events_as_they_are()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        var scanned = new TaskCompletionSource();
        pod.Answer = async http =>
        {
            if (!http.Request.Path.Value!.EndsWith("/events", StringComparison.Ordinal))
            {
                http.Response.Headers.ContentSecurityPolicy = "default-src 'none'";
                http.Response.Headers.CacheControl = "no-store";
                http.Response.ContentType = "text/html";
                await http.Response.WriteAsync("<main>");
                return;
            }
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync("event: qr\n");
            await http.Response.Body.FlushAsync();
            // The rest waits for the client to have the beginning.
            await scanned.Task.WaitAsync(TimeSpan.FromSeconds(30));
            await http.Response.WriteAsync("event: complete\n");
        };
        using var browser = new Tenant(await world.GatewayAsync(), key: null);
        var link = LinkTo(session, kind: LinkKind.Pairing);

        using var page = await browser.Http.GetAsync(link);
        using var events = await browser.Http.GetAsync(
            link + "/events",
            HttpCompletionOption.ResponseHeadersRead
        );

        page.Headers.GetValues("Content-Security-Policy").ShouldBe(["default-src 'none'"]);
        page.Headers.CacheControl!.NoStore.ShouldBeTrue();
        (await page.Content.ReadAsStringAsync()).ShouldBe("<main>");
        using var reader = new StreamReader(await events.Content.ReadAsStreamAsync());
        (await reader.ReadLineAsync()).ShouldBe("event: qr");
        scanned.SetResult();
        (await reader.ReadLineAsync()).ShouldBe("event: complete");
        pod.Requests.Select(r => r.Path).ShouldBe([link, link + "/events"]);
    }

    [Fact]
    public async Task What_a_passkey_signed_is_handed_over_by_a_link()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        pod.Answer = http =>
        {
            http.Response.StatusCode = 202;
            return Task.CompletedTask;
        };
        using var browser = new Tenant(await world.GatewayAsync(), key: null);
        var link = LinkTo(session, kind: LinkKind.Pairing);
        using (var small = new StringContent("{}"))
        using (var answer = await browser.Http.PostAsync(link + "/passkey", small))
            ((int)answer.StatusCode).ShouldBe(202);
        using (var answer = await browser.Http.PostAsync(link + "/passkey/confirm", null))
            ((int)answer.StatusCode).ShouldBe(202);
        pod.Requests.Select(r => r.Path).ShouldBe([link + "/passkey", link + "/passkey/confirm"]);

        // It is held for a client without a key.
        using (var large = new StringContent(new string(' ', 16_385)))
        using (var answer = await browser.Http.PostAsync(link + "/passkey", large))
            ((int)answer.StatusCode).ShouldBe(400);
        using (var request = new HttpRequestMessage(HttpMethod.Post, link + "/passkey"))
        {
            request.Content = new StringContent("{}");
            request.Headers.TransferEncodingChunked = true;
            using var answer = await browser.Http.SendAsync(request);
            ((int)answer.StatusCode).ShouldBe(400);
        }
        pod.Requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_link_waits_for_the_next_owner()
    {
        await using var world = await GatewayWorld.StartAsync();
        var (a, b) = (await world.PodAsync(0), await world.PodAsync(1));
        var session = await world.SessionAsync(a);
        a.Answer = async http =>
        {
            await world.OwnAsync(session, b);
            await FakePod.MovingAsync(http);
        };
        using var browser = new Tenant(await world.GatewayAsync(), key: null);

        (await browser.GetAsync(LinkTo(session))).Status.ShouldBe(202);
    }

    [Fact]
    public async Task What_opens_nothing_is_told_in_the_same_words_and_reaches_no_pod()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        var stopped = await world.SessionAsync();
        await world.SqlAsync($"update wa.session set desired = 'Stopped' where id = {stopped.Id}");
        using var browser = new Tenant(await world.GatewayAsync(), key: null);

        var answers = new List<Answer>();
        foreach (
            var link in (string[])
                [
                    "/v1/media/x",
                    "/v1/media/" + new string('a', 5000),
                    LinkTo(session)[..^50],
                    LinkTo(session, life: TimeSpan.FromSeconds(-1)),
                    LinkTo(session with { Name = "none" }),
                    LinkTo(stopped),
                    LinkTo(stopped, kind: LinkKind.Pairing),
                    LinkTo(stopped, kind: LinkKind.Pairing) + "/events",
                    // Each kind opens its own.
                    LinkTo(session).Replace("media", "pairing", StringComparison.Ordinal),
                    LinkTo(session, kind: LinkKind.Pairing)
                        .Replace("pairing", "media", StringComparison.Ordinal),
                ]
        )
            answers.Add(await browser.GetAsync(link));

        answers.ShouldAllBe(a => a.Status == 404 && a.Slug == "invalid-link");
        answers.Select(a => (string?)a.Body!["detail"]).Distinct().ShouldHaveSingleItem();
        pod.Requests.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Media")]
    [InlineData("Pairing")]
    public async Task A_session_that_stops_while_a_link_waits_is_not_told_of(string kind)
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        pod.Answer = async http =>
        {
            await world.ReleaseAsync(session);
            await world.SqlAsync(
                $"update wa.session set desired = 'Stopped' where id = {session.Id}"
            );
            await FakePod.MovingAsync(http);
        };
        using var browser = new Tenant(await world.GatewayAsync(), key: null);

        var answer = await browser.GetAsync(LinkTo(session, kind: Enum.Parse<LinkKind>(kind)));

        (answer.Status, answer.Slug).ShouldBe((404, "invalid-link"));
    }

    [Fact]
    public async Task A_link_that_is_none_is_refused_without_PostgreSQL()
    {
        await using var world = await GatewayWorld.StartAsync();
        var session = await world.SessionAsync();
        var gateway = await world.GatewayAsync(o =>
            o with
            {
                Database = "Host=127.0.0.1;Port=1;Username=wa_gateway;Database=none",
                Hold = TimeSpan.Zero,
            }
        );
        using var browser = new Tenant(gateway, key: null);

        (await browser.GetAsync(LinkTo(session))).Slug.ShouldBe("store-away");
        (await browser.GetAsync("/v1/media/x")).Status.ShouldBe(404);
        (await browser.GetAsync(LinkTo(session, TimeSpan.FromSeconds(-1)))).Status.ShouldBe(404);
    }

    [Theory]
    [InlineData("Media")]
    [InlineData("Pairing")]
    public async Task Made_up_links_cost_few_look_ups_and_good_ones_none(string name)
    {
        var kind = Enum.Parse<LinkKind>(name);
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        var gateway = await world.GatewayAsync();
        var owners = gateway.Services.GetRequiredService<Owners>();
        using var browser = new Tenant(gateway, key: null);
        for (var i = 0; i < 2 * LookUpBudget.Burst; i++)
        {
            owners.Forget(new("ns", session.Name));
            (await browser.GetAsync(LinkTo(session, kind: kind))).Status.ShouldBe(202);
        }

        var forged = new List<Answer>();
        for (var i = 0; i < 2 * LookUpBudget.Burst; i++)
            forged.Add(
                await browser.GetAsync(LinkTo(session with { Name = $"none-{i}" }, kind: kind))
            );

        forged.Take(LookUpBudget.Burst).ShouldAllBe(a => a.Status == 404);
        var refused = forged.Last();
        (refused.Status, refused.Slug).ShouldBe((429, "rate-limited"));
        refused.Headers.RetryAfter.ShouldNotBeNull();
        (await browser.GetAsync(LinkTo(session, kind: kind))).Status.ShouldBe(
            202,
            "its owner is known"
        );
    }

    [Fact]
    public async Task A_link_takes_no_body()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        using var browser = new Tenant(await world.GatewayAsync(), key: null);

        var answer = await browser.AskAsync(
            new(HttpMethod.Get, LinkTo(session)) { Content = new ByteArrayContent(new byte[10]) }
        );

        answer.Status.ShouldBe(400);
        pod.Requests.ShouldBeEmpty();
        (await browser.PostAsync(LinkTo(session), "{}")).Status.ShouldBe(405);
    }

    private static string LinkTo(
        FakeSession session,
        TimeSpan? life = null,
        LinkKind kind = LinkKind.Media
    ) =>
        kind.Path()
        + new SignedLink(
            kind,
            session.Id,
            "ns",
            session.Name,
            "med_1",
            TimeProvider.System.GetUtcNow() + (life ?? TimeSpan.FromHours(1))
        ).Sign(Key);
}
