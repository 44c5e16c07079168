using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using WaOperator.Testing;

namespace WaOperator.EndToEnd;

/// <summary>What programs of a tenant use beside the sessions' own paths, on the demo's cluster.</summary>
[Collection(nameof(Demo))]
public sealed class TenantApiTests(Demo demo)
{
    private const string Sender = "491700000001";
    private const string Recipient = "491700000002";

    [Fact]
    public async Task A_program_made_for_the_Cloud_API_sends_through_a_session()
    {
        await demo.WaitAllConnectedAsync();

        var answer = await Curl.CallAsync(
            demo,
            $"/cloud/v23.0/{Sender}/messages",
            $$$"""{"messaging_product":"whatsapp","to":"{{{Recipient}}}","type":"text","text":{"body":"hello"}}"""
        );

        var wamid = (string?)JsonNode.Parse(answer)!["messages"]?[0]?["id"];
        wamid.ShouldNotBeNull(answer);
        wamid.ShouldStartWith("wamid.");
        var id = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(wamid.AsSpan("wamid.".Length)));
        await Eventually.True(
            $"the server has the message {id}",
            async () =>
                (string?)(await Curl.GetAsync(demo, $"/messages/{id}"))?["state"] == "Acked",
            TimeSpan.FromSeconds(30)
        );
    }

    [Fact]
    public async Task The_Cloud_API_refuses_in_its_own_shape()
    {
        var answer = await Curl.CallAsync(
            demo,
            $"/cloud/v23.0/{Sender}/messages",
            $$$"""{"messaging_product":"whatsapp","to":"{{{Recipient}}}","type":"template","template":{"name":"hello"}}"""
        );

        ((int?)JsonNode.Parse(answer)!["error"]?["code"]).ShouldBe(132001, answer);
    }

    [Fact]
    public async Task One_stream_has_the_events_of_all_sessions_and_continues_behind_its_cursor()
    {
        await demo.WaitAllConnectedAsync();
        var first = (string)(await Curl.SendAsync(demo))["id"]!;

        // Sent by one session, received by another.
        var seen = await StreamAsync("from=earliest", first, "message.sent", "message.received");
        var cursor = seen.Split('\n').Last(l => l.StartsWith("id: ", StringComparison.Ordinal))[
            "id: ".Length..
        ];
        var second = (string)(await Curl.SendAsync(demo))["id"]!;

        var next = await StreamAsync(
            $"cursor={cursor}",
            second,
            "message.sent",
            "message.received"
        );
        Events(next).ShouldNotContain(e => Is(e, first, "message.received"));
    }

    private async Task<string> StreamAsync(string query, string id, params string[] types)
    {
        var seen = "";
        await Eventually.True(
            $"the stream has {string.Join(" and ", types)} of {id}",
            async () =>
            {
                seen = await Curl.CallAsync(
                    demo,
                    $"/v1/events?types=message.*&{query}",
                    body: null,
                    seconds: 4
                );
                return types.All(type => Events(seen).Any(e => Is(e, id, type)));
            },
            TimeSpan.FromSeconds(60)
        );
        return seen;
    }

    private static IEnumerable<JsonNode> Events(string stream) =>
        stream
            .Split('\n')
            .Where(l => l.StartsWith("data: {", StringComparison.Ordinal) && l.EndsWith('}'))
            .Select(l => JsonNode.Parse(l["data: ".Length..])!);

    private static bool Is(JsonNode e, string id, string type) =>
        (string?)e["type"] == type && (string?)e["data"]?["id"] == id;
}
