using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using WaOperator.Gateway.Cloud;
using WaOperator.Gateway.Sessions;
using WaOperator.SessionPod.Api.Messages;

namespace WaOperator.Gateway.Tests.Cloud;

/// <summary>Whatever is posted is refused, or becomes a body that pods can read.</summary>
public sealed class CloudFuzzTests
{
    private const int Rounds = 30_000;

    private static readonly string?[] Values =
    [
        null,
        "true",
        "0",
        "1e400",
        "\"\"",
        "\"x\"",
        "\"\\ud800\"",
        "\"NaN\"",
        "\"whatsapp\"",
        "\"read\"",
        "\"group\"",
        "\"template\"",
        "\"491700000002.med_a\"",
        "\"wamid.M0VCMEEx\"",
        "[]",
        "[null]",
        "{}",
        "{\"a\":1}",
    ];

    [Fact]
    public void Any_body_gives_an_error_or_a_body_of_our_own()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var examples = Fixture
            .Read("messages")
            .Select(e => e["given"]!)
            .Concat(
                Fixture
                    .Read("chatwoot")
                    .Concat(Fixture.Read("typebot"))
                    .Select(c => c["body"])
                    .OfType<JsonObject>()
            )
            .ToArray();
        var sent = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var example = examples[random.Next(examples.Length)];
            var body = (round % 4) switch
            {
                0 => Noise(random),
                1 => Flip(random, Encoding.UTF8.GetBytes(example.ToJsonString())),
                _ => Encoding.UTF8.GetBytes(Mutate(random, example)),
            };
            var at = $"seed {seed}, round {round}: {Encoding.UTF8.GetString(body)}";
            if (
                !SessionBody.TryRead(
                    body,
                    CloudJson.Default.CloudMessage,
                    out var message,
                    out var wrong
                )
            )
            {
                wrong.ShouldNotBeNullOrEmpty(at);
                continue;
            }
            if (!CloudMessages.TryRead(message!, "491700000002", out var request, out var fault))
            {
                fault.Detail.ShouldNotBeNullOrEmpty(at);
                continue;
            }
            if (request is CloudSend send)
            {
                Check(send.Body, at);
                sent++;
            }
        }
        sent.ShouldBeGreaterThan(Rounds / 20, $"seed {seed}");
    }

    /// <summary>Values may still be wrong, which is for pods to say; fields and kinds may not.</summary>
    private static void Check(JsonObject body, string at)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, CloudChoices.Compact);
        if (Outgoing.TryRead(bytes, out _, out var wrong))
            return;
        Should.NotThrow(
            () => JsonSerializer.Deserialize(bytes, MessageJson.Default.SendRequest),
            at
        );
        wrong.Supported.ShouldBeTrue(at);
        wrong.Pointer.ShouldNotBe("#", $"{at}: {wrong.Detail}");
    }

    private static byte[] Noise(Random random)
    {
        var bytes = new byte[random.Next(0, 60)];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Flip(Random random, byte[] bytes)
    {
        for (var n = random.Next(1, 4); n > 0; n--)
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return random.Next(8) == 0 ? bytes[..random.Next(bytes.Length)] : bytes;
    }

    /// <summary>Puts something else in the place of a value somewhere, or takes it away.</summary>
    private static string Mutate(Random random, JsonNode example)
    {
        var copy = example.DeepClone();
        var parents = new List<JsonNode>();
        Collect(copy, parents);
        var value = Values[random.Next(Values.Length)];
        // What is no JSON by itself is written in its place afterwards.
        var mark = value is null ? null : JsonValue.Create("@here@");
        switch (parents[random.Next(parents.Count)])
        {
            case JsonObject { Count: > 0 } o:
                var name = o.ElementAt(random.Next(o.Count)).Key;
                if (random.Next(6) == 0)
                    o.Remove(name);
                else
                    o[random.Next(10) == 0 ? "ttl" : name] = mark;
                break;
            case JsonArray { Count: > 0 } a:
                a[random.Next(a.Count)] = mark;
                break;
        }
        return copy.ToJsonString().Replace("\"@here@\"", value, StringComparison.Ordinal);
    }

    private static void Collect(JsonNode node, List<JsonNode> parents)
    {
        if (node is JsonValue)
            return;
        parents.Add(node);
        foreach (
            var child in node is JsonObject o
                ? o.Select(p => p.Value)
                : node.AsArray().AsEnumerable()
        )
            if (child is not null)
                Collect(child, parents);
    }
}
