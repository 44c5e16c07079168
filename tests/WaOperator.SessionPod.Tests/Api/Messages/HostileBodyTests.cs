using System.Text;
using System.Text.Json;
using WaOperator.SessionPod.Api.Messages;
using WaOperator.SessionPod.Tests.World;

namespace WaOperator.SessionPod.Tests.Api.Messages;

public sealed class HostileBodyTests
{
    private static readonly string[] Fields =
    [
        .. MessageJson.Default.SendRequest.Properties.Select(p => p.Name),
        "body",
        "media",
        "latitude",
        "options",
        "phones",
        "emoji",
        "chat",
        "from",
        "startsAt",
        "\\ud800",
    ];

    private static readonly Func<Random, string>[] Values =
    [
        _ => "null",
        _ => "true",
        _ => "-1",
        _ => "1e999",
        _ => "52.5",
        _ => "99999999999999999999",
        _ => "\"\"",
        _ => "\"\\u0000\"",
        _ => "\"\\ud800\"",
        _ => "\"491701234567\"",
        _ => "\"3EB0C767D26A8D1A3F\"",
        _ => "\"2026-12-01T09:00:00Z\"",
        _ => "\"0001-01-01T00:00:00+14:00\"",
        _ => "\"CgJoaQ==\"",
        _ => "\"normal\"",
        _ => "[]",
        _ => "{}",
        _ => new string('[', 200) + new string(']', 200),
    ];

    [Fact]
    public async Task No_body_makes_the_pod_fail()
    {
        await using var world = await PodWorld.StartAsync(network: new());
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        using var api = new ApiClient(pod.Api);
        var path = $"/v1/sessions/ns/{session.Name}/messages";
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var i = 0; i < 1_500; i++)
        {
            var body = i switch
            {
                0 => [0xFF, 0xFE, 0x00],
                1 => [.. "{\"to\":\"4917012345\",\"text\":\""u8, 0xC3, 0x28, .. "\"}"u8],
                2 => Encoding.UTF8.GetBytes(new string('{', 100_000)),
                _ => Encoding.UTF8.GetBytes(
                    $$"""{"to":"491701234567",{{string.Join(',', Parts(random, 3))}}}"""
                ),
            };
            using var content = new ByteArrayContent(body);
            content.Headers.TryAddWithoutValidation("Content-Type", "application/json");
            var (status, answer, _) = await api.AskAsync(HttpMethod.Post, path, content);
            status.ShouldBeOneOf(
                [202, 400, 404, 409, 429, 501],
                $"seed {seed}: {Encoding.UTF8.GetString(body)}"
            );
            if (status != 202)
                ((string?)answer?["detail"]).ShouldNotBeNullOrEmpty($"seed {seed}");
        }
    }

    private static IEnumerable<string> Parts(Random random, int depth)
    {
        for (var n = random.Next(1, 4); n > 0; n--)
        {
            var field = Fields[random.Next(Fields.Length)];
            // Half a surrogate pair cannot be encoded: it stands there as it is sent.
            var name = field[0] == '\\' ? field : JsonEncodedText.Encode(field).ToString();
            var value =
                depth > 0 && random.Next(3) == 0
                    ? $"{{{string.Join(',', Parts(random, depth - 1))}}}"
                : depth > 0 && random.Next(6) == 0
                    ? $"[{{{string.Join(',', Parts(random, depth - 1))}}}]"
                : Values[random.Next(Values.Length)](random);
            yield return $"\"{name}\":{value}";
        }
    }
}
