using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using WaOperator.Gateway.Streams;
using WaOperator.Gateway.Tests.World;

namespace WaOperator.Gateway.Tests.Streams;

/// <summary>The same stream over a WebSocket.</summary>
public sealed class WebSocketTests
{
    [Fact]
    public async Task Events_and_cursors_are_frames_and_a_cursor_continues()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 1);
        string cursor;
        using (var first = await OpenAsync(scene))
        {
            cursor = (string?)(await NextAsync(first))!["cursor"] ?? "none";
            scene.Journals.Add(scene.Sessions[0], 2);
            ((string?)(await EventAsync(first))["id"]).ShouldBe($"evt_{scene.Sessions[0].Id:x}_1");
            ((string?)(await EventAsync(first))["id"]).ShouldBe($"evt_{scene.Sessions[0].Id:x}_2");
            await first.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Limit());
            first.CloseStatus.ShouldBe(WebSocketCloseStatus.NormalClosure);
        }

        using var second = await OpenAsync(scene, $"?cursor={cursor}");

        ((string?)(await EventAsync(second))["id"]).ShouldBe($"evt_{scene.Sessions[0].Id:x}_1");
    }

    [Fact]
    public async Task It_ends_with_its_key_and_says_so()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 1);
        using var socket = await OpenAsync(scene);

        scene.Journals.CloseStreams();

        ((string?)(await EventAsync(socket))["type"]).ShouldBe("closed");
        (await NextAsync(socket)).ShouldBeNull();
        socket.CloseStatus.ShouldBe(WebSocketCloseStatus.PolicyViolation);
    }

    [Fact]
    public async Task A_gateway_that_stops_says_that_the_client_is_to_come_again()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 1);
        using var socket = await OpenAsync(scene);

        var stopping = scene.Gateway.StopAsync();

        while (await NextAsync(socket) is not null) { }
        socket.CloseStatus.ShouldBe(WebSocketCloseStatus.EndpointUnavailable);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Limit());
        await stopping.WaitAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task What_a_client_sends_is_ignored_up_to_a_size()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 1);
        using var socket = await OpenAsync(scene);
        await SendAsync(socket, WebSocketSink.MaxMessage);
        await SendAsync(socket, WebSocketSink.MaxMessage);
        scene.Journals.Add(scene.Sessions[0]);
        ((string?)(await EventAsync(socket))["type"]).ShouldBeNull("it is an event, and no end");

        await SendAsync(socket, WebSocketSink.MaxMessage + 1);

        while (await NextAsync(socket) is not null) { }
        socket.CloseStatus.ShouldBe(WebSocketCloseStatus.MessageTooBig);
    }

    [Fact]
    public async Task What_cannot_be_shown_is_refused_before_it_begins()
    {
        await using var scene = await StreamScene.StartAsync(pods: 1, sessions: 1);
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;

        await Should.ThrowAsync<WebSocketException>(() =>
            socket.ConnectAsync(AddressOf(scene, ""), Limit())
        );

        ((int)socket.HttpStatusCode).ShouldBe(401);
    }

    private static async Task<ClientWebSocket> OpenAsync(StreamScene scene, string query = "")
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {GatewayWorld.ApiKey}");
        await socket.ConnectAsync(AddressOf(scene, query), Limit());
        return socket;
    }

    private static Uri AddressOf(StreamScene scene, string query) =>
        new UriBuilder(new Uri(scene.Gateway.Api, $"/v1/events{query}")) { Scheme = "ws" }.Uri;

    private static Task SendAsync(ClientWebSocket socket, int length) =>
        socket.SendAsync(
            new byte[length],
            WebSocketMessageType.Binary,
            endOfMessage: true,
            Limit()
        );

    /// <summary>The next frame that is no cursor.</summary>
    private static async Task<JsonNode> EventAsync(ClientWebSocket socket)
    {
        while (await NextAsync(socket) is { } frame)
            if (frame["cursor"] is null)
                return frame;
        throw new EndOfStreamException($"{socket.CloseStatus} {socket.CloseStatusDescription}");
    }

    private static async Task<JsonNode?> NextAsync(ClientWebSocket socket)
    {
        var buffer = new byte[64 * 1024];
        var read = await socket.ReceiveAsync(buffer, Limit());
        return read.MessageType == WebSocketMessageType.Close
            ? null
            : JsonNode.Parse(Encoding.UTF8.GetString(buffer, 0, read.Count));
    }

    private static CancellationToken Limit() =>
        new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token;
}
