using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using WaOperator.Gateway.Tests.World;

namespace WaOperator.Gateway.Tests.Forwarding;

/// <summary>Streams of events, and files.</summary>
public sealed class StreamTests
{
    [Theory]
    [InlineData("dies")]
    [InlineData("moves")]
    public async Task A_stream_goes_on_at_the_next_owner_unseen(string how)
    {
        await using var world = await GatewayWorld.StartAsync();
        var (a, b) = (await world.PodAsync(0), await world.PodAsync(1));
        var session = await world.SessionAsync(a);
        a.Answer = async http =>
        {
            await BeginAsync(http);
            await http.Response.WriteAsync("id: 6\nevent: message\ndata: {}\n\nid: 7\nda");
            await http.Response.Body.FlushAsync();
            await world.OwnAsync(session, b);
            if (how == "dies")
                http.Abort();
            else
                await http.Response.WriteAsync("ta: {}\n\nevent: moved\ndata: {}\n\n");
        };
        b.Answer = http => EventsAsync(http, Cursor(http) + 1, 3);
        var gateway = await world.GatewayAsync();
        using var tenant = new Tenant(gateway);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{session.Path}/events");
        request.Headers.Add("Last-Event-ID", "5");

        using var answer = await tenant.Http.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead
        );
        var lines = await LinesAsync(answer, until: "id: 9");

        lines
            .Where(l => l.StartsWith("id:", StringComparison.Ordinal))
            .ShouldBe(["id: 6", "id: 7", "id: 8", "id: 9"]);
        lines.ShouldNotContain("event: moved");
        lines.Count(l => l.StartsWith("retry:", StringComparison.Ordinal)).ShouldBe(1);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        a.Requests.Single().Headers["Last-Event-ID"].ToString().ShouldBe("5");
        b.Requests.Single().Headers["Last-Event-ID"].ToString().ShouldBe(how == "dies" ? "6" : "7");
    }

    [Fact]
    public async Task A_stream_ends_when_the_pod_closes_it_for_the_client()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        pod.Answer = async http =>
        {
            await BeginAsync(http);
            await http.Response.WriteAsync("event: closed\ndata: {}\n\n");
        };
        using var tenant = new Tenant(await world.GatewayAsync());

        (await tenant.Http.GetStringAsync($"{session.Path}/events")).ShouldEndWith(
            "event: closed\ndata: {}\n\n"
        );
        pod.Requests.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_refusal_of_a_stream_reaches_the_client()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        pod.Answer = http =>
        {
            http.Response.Headers.RetryAfter = "5";
            return FakePod.ProblemAsync(http, 429, "rate-limited");
        };
        using var tenant = new Tenant(await world.GatewayAsync());

        var answer = await tenant.GetAsync($"{session.Path}/events");

        (answer.Status, answer.Slug).ShouldBe((429, "rate-limited"));
        answer.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_gateway_that_stops_ends_its_streams()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        pod.Answer = http => EventsAsync(http, 1, 1);
        var gateway = await world.GatewayAsync();
        using var tenant = new Tenant(gateway);
        using var answer = await tenant.Http.GetAsync(
            $"{session.Path}/events",
            HttpCompletionOption.ResponseHeadersRead
        );
        var rest = answer.Content.ReadAsStringAsync();

        await gateway.StopAsync().WaitAsync(TimeSpan.FromSeconds(10));

        (await rest).ShouldContain("id: 1\n");
    }

    [Fact]
    public async Task Another_stream_is_passed_on_as_it_comes()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        pod.Answer = http => EventsAsync(http, 1, 1);
        using var tenant = new Tenant(await world.GatewayAsync());
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{session.Path}/pairing");
        request.Headers.Add("Accept", "text/event-stream");

        using var answer = await tenant.Http.SendAsync(
            request,
            HttpCompletionOption.ResponseHeadersRead
        );

        (await LinesAsync(answer, until: "id: 1")).ShouldContain("id: 1");
    }

    [Fact]
    public async Task A_file_is_asked_for_by_its_owner_and_passed_on_as_it_comes()
    {
        await using var world = await GatewayWorld.StartAsync();
        var (a, b) = (await world.PodAsync(0), await world.PodAsync(1));
        var session = await world.SessionAsync(a);
        (a.ReadsBodies, b.ReadsBodies) = (false, false);
        a.Answer = FakePod.NotOwnerAsync;
        var (first, all) = (new TaskCompletionSource(), 0L);
        b.Answer = async http =>
        {
            var buffer = new byte[64 * 1024];
            while (await http.Request.Body.ReadAsync(buffer) is > 0 and var read)
            {
                all += read;
                first.TrySetResult();
            }
            await FakePod.JsonAsync(http, 201, """{"id":"med_1"}""");
        };
        using var tenant = new Tenant(await world.GatewayAsync());
        (await tenant.GetAsync(session.Path)).Status.ShouldBe(503);
        await world.OwnAsync(session, b);
        const int size = 3 * 1024 * 1024;
        var content = new SlowContent(size, first.Task);

        var answer = await tenant.AskAsync(
            new(HttpMethod.Post, $"{session.Path}/media") { Content = content }
        );

        answer.Status.ShouldBe(201);
        all.ShouldBe(size);
        b.Requests.Single().Headers.Expect.ToString().ShouldBe("100-continue");
    }

    [Fact]
    public async Task A_client_that_waits_for_100_is_told_by_the_owner_s_refusal_alone()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        pod.ReadsBodies = false;
        pod.Answer = http => FakePod.ProblemAsync(http, 413, "media-too-large");
        var gateway = await world.GatewayAsync();

        var answer = await RawAsync(
            gateway,
            $"POST {session.Path}/media HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {GatewayWorld.ApiKey}\r\n"
                + "Content-Type: image/jpeg\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n"
        );

        answer.ShouldStartWith("HTTP/1.1 413");
    }

    [Fact]
    public async Task A_file_whose_pod_is_lost_on_the_way_is_not_sent_again()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        pod.ReadsBodies = false;
        pod.Answer = async http =>
        {
            await http.Request.Body.ReadExactlyAsync(new byte[1024]);
            http.Abort();
        };
        using var tenant = new Tenant(await world.GatewayAsync());

        var answer = await tenant.AskAsync(
            new(HttpMethod.Post, $"{session.Path}/media")
            {
                Content = new ByteArrayContent(new byte[100 * 1024]),
            }
        );

        (answer.Status, answer.Slug).ShouldBe((502, "outcome-unknown"));
        pod.Requests.ShouldHaveSingleItem();
    }

    private static async Task BeginAsync(HttpContext http)
    {
        http.Response.ContentType = "text/event-stream";
        await http.Response.WriteAsync("retry: 2000\n\n");
        await http.Response.Body.FlushAsync();
    }

    private static long Cursor(HttpContext http) =>
        long.Parse(http.Request.Headers["Last-Event-ID"]!, CultureInfo.InvariantCulture);

    /// <summary>Events from a number on, then silence.</summary>
    private static async Task EventsAsync(HttpContext http, long from, int count)
    {
        await BeginAsync(http);
        for (var i = from; i < from + count; i++)
            await http.Response.WriteAsync($"id: {i}\nevent: message\ndata: {{}}\n\n");
        await http.Response.Body.FlushAsync();
        await new TaskCompletionSource()
            .Task.WaitAsync(http.RequestAborted)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static async Task<List<string>> LinesAsync(HttpResponseMessage answer, string until)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(limit.Token));
        var lines = new List<string>();
        while (await reader.ReadLineAsync(limit.Token) is { } line)
        {
            lines.Add(line);
            if (line == until)
                return lines;
        }
        throw new EndOfStreamException(string.Join('\n', lines));
    }

    private static async Task<string> RawAsync(TestGateway gateway, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, gateway.Api.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadLineAsync(limit.Token) ?? "";
    }

    /// <summary>A file whose second half comes once the pod has something of the first.</summary>
    private sealed class SlowContent(int size, Task go) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(
            Stream stream,
            TransportContext? context
        )
        {
            await stream.WriteAsync(new byte[size / 2]);
            await stream.FlushAsync();
            await go.WaitAsync(TimeSpan.FromSeconds(30));
            await stream.WriteAsync(new byte[size / 2]);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = size;
            return true;
        }
    }
}
