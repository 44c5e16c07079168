using System.Net.WebSockets;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using WaOperator.Gateway.Streams.Tickets;
using WaOperator.Gateway.Tests.World;
using WaOperator.Testing;

namespace WaOperator.Gateway.Tests.Streams;

/// <summary>Streams that are opened with a ticket in the place of a key.</summary>
public sealed class TicketTests
{
    [Fact]
    public async Task A_ticket_opens_the_stream_of_its_maker_at_any_gateway()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 1);
        var made = await scene.Tenant.PostAsync("/v1/events/tickets", "{}");
        made.Status.ShouldBe(201);
        var url = (string)made.Body!["url"]!;
        url.ShouldBe($"/v1/events?ticket={made.Body["ticket"]}");
        ((DateTimeOffset)made.Body["expires"]!).ShouldBeInRange(
            TimeProvider.System.GetUtcNow().AddSeconds(20),
            TimeProvider.System.GetUtcNow().AddSeconds(65)
        );

        using var page = new Tenant(await scene.World.GatewayAsync(), key: null);
        await using var client = await StreamClient.OpenAsync(page, Query(made));
        scene.Journals.Add(scene.Sessions[0], 2);

        await client.CountAsync(2);
        client.Events[1].Number.ShouldBe((scene.Sessions[0].Id, 2));
        scene.Pods[0].Requests.ShouldAllBe(r => !r.Path.Contains("ticket"));
    }

    [Theory]
    [InlineData("", 2)]
    [InlineData("&cursor=", 2)]
    [InlineData("&from=now", 0)]
    public async Task It_begins_when_it_was_made_unless_the_page_says_where(
        string begin,
        int earlier
    )
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 1);
        var made = await scene.Tenant.PostAsync("/v1/events/tickets", "{}");
        await Eventually.True(
            "a millisecond has passed",
            () =>
                TimeProvider.System.GetUtcNow()
                > ((DateTimeOffset)made.Body!["expires"]!).AddMilliseconds(1 - 60_000)
        );
        scene.Journals.Add(scene.Sessions[0], 2);
        await Eventually.True(
            "another one has passed",
            () => TimeProvider.System.GetUtcNow() > scene.Journals.NewestAt.AddMilliseconds(1)
        );
        using var page = new Tenant(scene.Gateway, key: null);

        await using var client = await StreamClient.OpenAsync(
            page,
            $"{Query(made)}{begin}{(begin == "&cursor=" ? made.Body!["cursor"] : "")}"
        );
        scene.Journals.Add(scene.Sessions[0], 2);

        await client.CountAsync(earlier + 1);
        // The third is of a type that is not shown.
        client
            .Events.Select(e => e.Number.Seq)
            .ShouldBe(earlier == 2 ? new long[] { 1, 2, 4 } : [4]);
    }

    [Fact]
    public async Task Its_parameter_is_taken_away_however_it_is_written()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 1);
        var ticket = await TicketAsync(scene);
        using var page = new Tenant(scene.Gateway, key: null);

        await using var client = await StreamClient.OpenAsync(
            page,
            ticket.Replace("ticket=", "Ticket=", StringComparison.Ordinal)
        );

        scene.Journals.Add(scene.Sessions[0], 2);
        await client.CountAsync(2);
    }

    [Fact]
    public async Task It_is_used_once()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 1);
        var ticket = await TicketAsync(scene);
        using var page = new Tenant(scene.Gateway, key: null);
        await using (await StreamClient.OpenAsync(page, ticket))
        {
            var second = await page.GetAsync($"/v1/events{ticket}");

            (second.Status, second.Slug).ShouldBe((401, "invalid-ticket"));
            second.Body!.ToJsonString().ShouldNotContain(ticket[^20..]);
        }
        (await scene.World.SqlAsync("select count(*) from wa.stream_ticket")).ShouldBe(0L);
    }

    [Fact]
    public async Task It_opens_nothing_after_its_time()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 1);
        var ticket = await TicketAsync(scene, """{"seconds":5}""");
        await scene.World.SqlAsync(
            "update wa.stream_ticket set expires_at = wa.clock() - interval '1 second'"
        );
        using var page = new Tenant(scene.Gateway, key: null);

        (await page.GetAsync($"/v1/events{ticket}")).Slug.ShouldBe("invalid-ticket");

        // Expired ones are taken away as others are made.
        await TicketAsync(scene);
        (await scene.World.SqlAsync("select count(*) from wa.stream_ticket")).ShouldBe(1L);
    }

    [Theory]
    [InlineData("/v1/sessions")]
    [InlineData("/v1/consumers")]
    [InlineData("/v1/sessions/ns/s-1")]
    [InlineData("/v1/sessions/ns/s-1/messages")]
    [InlineData("/v1/sessions/ns/s-1/events/more")]
    [InlineData("/v1/audit")]
    public async Task It_opens_nothing_else(string path)
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 1);
        var ticket = await TicketAsync(scene);
        using var page = new Tenant(scene.Gateway, key: null);

        var answer = await page.GetAsync(path + ticket);
        (answer.Status, answer.Slug).ShouldBe((401, "unauthorized"));
        page.Http.DefaultRequestHeaders.Authorization = new("Bearer", ticket["?ticket=".Length..]);
        (await page.GetAsync(path)).Slug.ShouldBe("unauthorized");
        (await page.GetAsync("/v1/events")).Slug.ShouldBe("unauthorized");

        // It was not used by that.
        page.Http.DefaultRequestHeaders.Authorization = null;
        await using var client = await StreamClient.OpenAsync(page, ticket);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("wat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("wat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("wat_%00%00%00AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("wat_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&ticket=wat_x")]
    public async Task What_is_no_ticket_is_refused(string ticket)
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 1);
        using var page = new Tenant(scene.Gateway, key: null);

        var answer = await page.GetAsync($"/v1/events?ticket={ticket}");

        (answer.Status, answer.Slug).ShouldBe((401, "invalid-ticket"));
    }

    [Fact]
    public async Task Made_up_ones_keep_no_valid_one_of_their_address_out()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 1);
        using var page = new Tenant(scene.Gateway, key: null);
        for (var i = 0; i < 100; i++)
            (await page.GetAsync($"/v1/events?ticket={StreamTicket.New().Reveal()}")).Slug.ShouldBe(
                "invalid-ticket"
            );

        await using var client = await StreamClient.OpenAsync(page, await TicketAsync(scene));
    }

    [Fact]
    public async Task It_shows_what_it_was_made_for_and_no_more()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 2);
        var (mine, other) = (scene.Sessions[0], scene.Sessions[1]);
        var body = $$"""{"sessions":["ns/{{mine.Name}}"],"types":["message.*"]}""";
        using var page = new Tenant(scene.Gateway, key: null);
        await using var client = await StreamClient.OpenAsync(page, await TicketAsync(scene, body));

        scene.Journals.Add(other, 2);
        scene.Journals.Add(mine, 2);

        await client.CountAsync(2);
        client.Events.ShouldAllBe(e => e.Number.Session == mine.Id);
        JsonNode.Parse(scene.Pods[0].Requests.Last().Body)!["types"]!
            .ToJsonString()
            .ShouldBe("""["message.*"]""");
        foreach (var more in (string[])[$"&session=ns/{other.Name}", "&types=*.*", "&types=gap"])
            (
                await page.GetAsync($"/v1/events{await TicketAsync(scene, body)}{more}")
            ).Status.ShouldBe(400);
    }

    [Fact]
    public async Task It_opens_the_stream_of_one_session()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 2);
        var (mine, other) = (scene.Sessions[0], scene.Sessions[1]);
        scene.Pods[0].Answer = async http =>
        {
            http.Response.ContentType = "text/event-stream";
            await http.Response.WriteAsync(": still here\n\n");
            await http.Response.Body.FlushAsync();
            await new TaskCompletionSource()
                .Task.WaitAsync(http.RequestAborted)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        };
        var body = $$"""{"sessions":["ns/{{mine.Name}}"]}""";
        using var page = new Tenant(scene.Gateway, key: null);

        using var answer = await page.Http.GetAsync(
            new Uri(
                $"{mine.Path}/events{await TicketAsync(scene, body)}&after=3",
                UriKind.Relative
            ),
            HttpCompletionOption.ResponseHeadersRead
        );

        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        var asked = scene.Pods[0].Requests.First();
        asked.Path.ShouldBe($"{mine.Path}/events?after=3");
        asked.Headers.Authorization.ToString().ShouldBe($"Bearer {GatewayWorld.ApiKey}");
        (
            await page.GetAsync($"{other.Path}/events{await TicketAsync(scene, body)}")
        ).Status.ShouldBe(404);
        (
            await page.GetAsync(
                $"{mine.Path}/events{await TicketAsync(scene, """{"types":["gap"]}""")}"
            )
        ).Slug.ShouldBe("forbidden-ticket");
    }

    [Fact]
    public async Task Its_stream_ends_when_the_key_of_its_maker_does()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 1);
        using var page = new Tenant(scene.Gateway, key: null);
        var unused = await TicketAsync(scene);
        await using var client = await StreamClient.OpenAsync(page, await TicketAsync(scene));

        await scene.World.TenantAsync(key: "another-0123456789abcdef0123456789abcdef");

        await client.Ended.WaitAsync(TimeSpan.FromSeconds(60));
        client.Events.Single().Type.ShouldBe("closed");
        (await page.GetAsync($"/v1/events{unused}")).Status.ShouldBe(401);
    }

    [Fact]
    public async Task A_socket_opens_with_it_and_the_audit_tells_the_key_and_not_the_ticket()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 1);
        var ticket = await TicketAsync(scene);
        using var socket = new ClientWebSocket();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));

        await socket.ConnectAsync(
            new UriBuilder(new Uri(scene.Gateway.Api, $"/v1/events{ticket}")) { Scheme = "ws" }.Uri,
            limit.Token
        );

        socket.State.ShouldBe(WebSocketState.Open);
        using var http = new HttpClient();
        await Eventually.True(
            "the socket is counted",
            async () =>
                (await http.GetStringAsync(new Uri(scene.Gateway.Health, "/metrics"))).Contains(
                    "wa_gateway_streams{kind=\"websocket\"} 1"
                )
        );
        await scene.Gateway.StopAsync();
        (
            (string)
                (
                    await scene.World.SqlAsync(
                        "select string_agg(e::text, ' ') from wa.audit_entry e"
                    )
                )!
        ).ShouldSatisfyAllConditions(
            told => told.ShouldContain("createEventTicket"),
            told => told.ShouldContain("streamTenantEvents"),
            told => told.ShouldNotContain(ticket["?ticket=".Length..])
        );
    }

    [Theory]
    [InlineData(null, 200, null)]
    [InlineData("https://app.example", 200, "https://app.example")]
    [InlineData("https://evil.example", 403, null)]
    [InlineData("https://app.example.evil.example", 403, null)]
    [InlineData("http://app.example", 403, null)]
    [InlineData("null", 403, null)]
    [InlineData("own", 200, null)]
    public async Task Pages_of_allowed_origins_alone_open_it(
        string? origin,
        int status,
        string? shown
    )
    {
        await using var scene = await StreamScene.StartAsync(
            pods: 1,
            sessions: 1,
            o => o with { AllowedOrigins = ["https://app.example"] }
        );
        using var page = new Tenant(scene.Gateway, key: null);
        using var request = new HttpRequestMessage(
            HttpMethod.Get,
            $"/v1/events{await TicketAsync(scene)}"
        );
        if (origin is not null)
            request.Headers.Add(
                "Origin",
                origin == "own" ? $"https://{scene.Gateway.Api.Authority}" : origin
            );

        using var answer = await page.Http.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead
        );

        ((int)answer.StatusCode).ShouldBe(status);
        answer.Headers.Vary.ShouldContain("Origin");
        (
            answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var allowed)
                ? allowed.Single()
                : null
        ).ShouldBe(shown);
        // A refused page has not used the ticket.
        (await scene.World.SqlAsync("select count(*) from wa.stream_ticket")).ShouldBe(
            status == 200 ? 0L : 1L
        );
    }

    [Theory]
    [InlineData("""{"sessions":[]}""", 400)]
    [InlineData("""{"sessions":["s-1"]}""", 400)]
    [InlineData("""{"sessions":[null]}""", 400)]
    [InlineData("""{"types":["messages.*"]}""", 400)]
    [InlineData("""{"types":[null]}""", 400)]
    [InlineData("""{"types":[]}""", 400)]
    [InlineData("""{"seconds":4}""", 400)]
    [InlineData("""{"seconds":301}""", 400)]
    [InlineData("""{"kinds":[]}""", 400)]
    public async Task What_cannot_be_a_ticket_is_refused(string body, int status)
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 1);

        (await scene.Tenant.PostAsync("/v1/events/tickets", body)).Status.ShouldBe(status);
    }

    [Fact]
    public void What_it_stands_for_is_opened_by_it_alone()
    {
        var ticket = StreamTicket.New();
        var box = ticket.Seal(new("Bearer secret-key", ["ns/a"], ["gap"], "AA"));

        StreamTicket.TryRead(ticket.Reveal(), out var read).ShouldBeTrue();
        read!.Open(box).Authorization.ShouldBe("Bearer secret-key");
        Should.Throw<System.Security.Cryptography.CryptographicException>(() =>
            StreamTicket.New().Open(box)
        );
        for (var i = 0; i < box.Length; i++)
        {
            var changed = box.ToArray();
            changed[i] ^= 1;
            Should.Throw<System.Security.Cryptography.CryptographicException>(() =>
                read.Open(changed)
            );
        }
        System.Text.Encoding.UTF8.GetString(box).ShouldNotContain("secret");
        read.Open(box).ToString().ShouldNotContain("secret");
    }

    private static string Query(Answer made) => $"?ticket={made.Body!["ticket"]}";

    private static async Task<string> TicketAsync(StreamScene scene, string body = "{}")
    {
        var made = await scene.Tenant.PostAsync("/v1/events/tickets", body);
        made.Status.ShouldBe(201);
        return Query(made);
    }
}
