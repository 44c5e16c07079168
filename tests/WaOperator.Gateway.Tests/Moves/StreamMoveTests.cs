using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Testing;

namespace WaOperator.Gateway.Tests.Moves;

/// <summary>Consumers and streams of tickets before real pods, whose sessions move.</summary>
public sealed class StreamMoveTests
{
    [Fact]
    public async Task A_consumer_fetches_each_message_while_its_session_moves_and_what_it_acknowledged_never_again()
    {
        await using var world = await PodWorld.StartAsync();
        TestPod[] pods = [await world.PodAsync(0, "pod-a"), await world.PodAsync(1, "pod-b")];
        var (session, peer) = (await world.PairedAsync(0), await world.PairedAsync(0));
        await using var gateway = await PodGateway.StartAsync(world, pods);
        using var api = new ApiClient(gateway.Api);
        using var http = Client(gateway.Api, PodWorld.ApiKey);
        using var made = await http.PutAsJsonAsync(
            "/v1/consumers/crm",
            new { types = new[] { "message.received" }, startFrom = "earliest" }
        );
        ((int)made.StatusCode).ShouldBe(201);
        var (sent, fetched) = (new List<string>(), new List<string>());

        foreach (var ordinal in (int[])[0, 1, 0])
        {
            for (var i = 0; i < 3; i++)
                sent.Add(await api.TextAsync(session.Name, peer.Phone, $"text {i}"));
            await peer.PlaceAsync(ordinal);
            await Eventually.True(
                $"shard {ordinal} owns the session",
                async () => await peer.OwnerAsync() == PodWorld.Shard(ordinal)
            );
            await Eventually.True(
                "all were fetched",
                async () =>
                {
                    fetched.AddRange(await FetchAsync(http));
                    return fetched.Count >= sent.Count;
                }
            );
        }

        fetched.ShouldBe(sent);
        (await FetchAsync(http)).ShouldBeEmpty();
        ((long)(await http.GetFromJsonAsync<JsonNode>("/v1/consumers/crm"))!["backlog"]!).ShouldBe(
            0
        );
    }

    [Fact]
    public async Task A_ticket_opens_the_streams_of_pods()
    {
        await using var world = await PodWorld.StartAsync();
        TestPod[] pods = [await world.PodAsync(0, "pod-a")];
        var (session, peer) = (await world.PairedAsync(0), await world.PairedAsync(0));
        await using var gateway = await PodGateway.StartAsync(world, pods);
        using var api = new ApiClient(gateway.Api);
        using var http = Client(gateway.Api, PodWorld.ApiKey);
        using var page = new HttpClient { BaseAddress = gateway.Api };
        using var all = await OpenAsync("/v1/events", "&types=message.received");
        using var one = await OpenAsync($"/v1/sessions/ns/{peer.Name}/events", "&after=0");

        var sent = await api.TextAsync(session.Name, peer.Phone, "hello");

        using var events = new EventReader(one);
        ((string?)(await events.NextAsync("message")).Data["id"]).ShouldBe(sent);
        ((string?)(await DataAsync(all))["data"]!["id"]).ShouldBe(sent);

        async Task<HttpResponseMessage> OpenAsync(string path, string query)
        {
            using var made = await http.PostAsync("/v1/events/tickets", null);
            var ticket = (string)(await made.Content.ReadFromJsonAsync<JsonNode>())!["ticket"]!;
            var answer = await page.GetAsync(
                $"{path}?ticket={ticket}{query}",
                HttpCompletionOption.ResponseHeadersRead
            );
            ((int)answer.StatusCode).ShouldBe(200);
            return answer;
        }
    }

    /// <summary>The data of the first event.</summary>
    private static async Task<JsonNode> DataAsync(HttpResponseMessage stream)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync(limit.Token));
        while (await reader.ReadLineAsync(limit.Token) is { } line)
            if (line.StartsWith("data: ", StringComparison.Ordinal))
                return JsonNode.Parse(line["data: ".Length..])!;
        throw new EndOfStreamException("the stream ended before an event");
    }

    /// <summary>The ids of the messages of the next page, which is acknowledged.</summary>
    private static async Task<string[]> FetchAsync(HttpClient http)
    {
        using var answer = await http.PostAsync("/v1/consumers/crm/next?waitSeconds=2", null);
        var page = (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
        using var acked = await http.PostAsJsonAsync(
            "/v1/consumers/crm/ack",
            new { cursor = (string)page["cursor"]! }
        );
        ((int)acked.StatusCode).ShouldBe(204);
        return [.. page["events"]!.AsArray().Select(e => (string)e!["data"]!["id"]!)];
    }

    private static HttpClient Client(Uri address, string key) =>
        new()
        {
            BaseAddress = address,
            DefaultRequestHeaders =
            {
                Authorization = new AuthenticationHeaderValue("Bearer", key),
            },
        };
}
