using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using WaOperator.Testing;

namespace WaOperator.EndToEnd;

/// <summary>The demo's webhook, whose endpoint is the simulator.</summary>
[Collection(nameof(Demo))]
public sealed class WebhookTests(Demo demo)
{
    private const string Webhook = "bakery-shop";
    private const string Hook = "/hooks/bakery";
    private readonly Simulator _simulator = new(demo);

    [Fact]
    public async Task What_was_sent_and_received_is_posted_signed()
    {
        await demo.WaitAllConnectedAsync();
        await demo.WaitConditionAsync("whatsappwebhook", Webhook, "Ready", "True");
        var id = (string)(await Curl.SendAsync(demo))["id"]!;

        var received = await WaitAsync("message.received", id);
        var sent = await WaitAsync("message.sent", id);

        ((string?)Event(received)["session"]).ShouldBe("wa-demo/bakery-support");
        ((string?)Event(received)["data"]!["text"]).ShouldBe("hello");
        ((string?)Event(sent)["session"]).ShouldBe("wa-demo/bakery-orders");
        var secret = Encoding.ASCII.GetString(
            Convert.FromBase64String(
                (string)(await demo.GetAsync("secret", "bakery-webhook"))["data"]!["secret"]!
            )
        );
        foreach (var post in (JsonNode[])[received, sent])
        {
            var headers = post["headers"]!;
            ((string?)headers["webhook-signature"]).ShouldBe(
                "v1,"
                    + Convert.ToBase64String(
                        HMACSHA256.HashData(
                            Convert.FromBase64String(secret["whsec_".Length..]),
                            Encoding.UTF8.GetBytes(
                                $"{headers["webhook-id"]}.{headers["webhook-timestamp"]}.{post["body"]}"
                            )
                        )
                    )
            );
        }
    }

    [Fact]
    public async Task What_happens_while_its_endpoint_is_away_is_posted_once_it_is_back()
    {
        await demo.WaitAllConnectedAsync();
        await demo.WaitConditionAsync("whatsappwebhook", Webhook, "Ready", "True");
        await _simulator.PostAsync(Hook, """{"status":503}""");
        List<string> ids = [];
        try
        {
            for (var i = 0; i < 3; i++)
                ids.Add((string)(await Curl.SendAsync(demo))["id"]!);
            // It was tried, and refused.
            await Eventually.True(
                "a post is refused",
                async () =>
                    (await PostsAsync()).Any(p =>
                        (int)p["status"]! == 503 && ids.Exists(id => IsAbout(p, id))
                    ),
                TimeSpan.FromSeconds(30)
            );
        }
        finally
        {
            await _simulator.PostAsync(Hook, """{"status":204}""");
        }

        foreach (var id in ids)
            await WaitAsync("message.received", id);
        // In the order of the chat.
        var taken = (await PostsAsync())
            .Where(p => (int)p["status"]! == 204)
            .Select(Event)
            .Where(e => (string?)e["type"] == "message.received")
            .Select(e => (string)e["data"]!["id"]!)
            .Where(ids.Contains)
            .Distinct()
            .ToList();
        taken.ShouldBe(ids);
    }

    private Task<JsonNode> WaitAsync(string type, string id) =>
        Eventually.Get(
            $"{type} of {id} is taken by the endpoint",
            async () =>
                (await PostsAsync()).FirstOrDefault(p =>
                    (int)p["status"]! == 204 && (string?)Event(p)["type"] == type && IsAbout(p, id)
                ),
            TimeSpan.FromSeconds(90)
        );

    private async Task<IReadOnlyList<JsonNode>> PostsAsync() =>
        [.. (await _simulator.GetAsync(Hook))["posts"]!.AsArray().Select(p => p!)];

    private static JsonNode Event(JsonNode post) => JsonNode.Parse((string)post["body"]!)!;

    private static bool IsAbout(JsonNode post, string id) =>
        (string?)Event(post)["data"]?["id"] == id;
}
