using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using WaOperator.Gateway.Tests.World;

namespace WaOperator.Gateway.Tests.Cloud;

/// <summary>The calls that programs made for Meta's API make, replayed in order.</summary>
public sealed class CloudProgramsTests
{
    [Theory]
    [InlineData("chatwoot")]
    [InlineData("typebot")]
    public async Task Its_calls_reach_the_pod_and_are_answered(string program)
    {
        await using var cloud = await CloudWorld.StartAsync(o => o with { CloudQueryToken = true });
        using var keyless = new Tenant(cloud.Gateway, key: null);

        foreach (var call in Fixture.Read(program))
        {
            var name = (string)call["name"]!;
            cloud.Pod.Requests.Clear();

            var answer = await ((bool?)call["keyless"] == true ? keyless : cloud.Tenant).AskAsync(
                Request(cloud, call)
            );

            answer.Status.ShouldBe((int)call["status"]!, $"{name}: {answer.Body}");
            if (call["error"] is { } error)
                CloudWorld.CodeOf(answer).ShouldBe((int)error, name);
            else
                JsonNode
                    .DeepEquals(answer.Body, Placed(cloud, call["answer"]!))
                    .ShouldBeTrue($"{name}: {answer.Body!.ToJsonString()}");
            var asks = call["asks"]!.AsArray();
            cloud.Pod.Requests.Count.ShouldBe(asks.Count, name);
            foreach (var (asked, expected) in cloud.Pod.Requests.Zip(asks))
                Check(name, asked, Placed(cloud, expected!));
        }
    }

    private static void Check(string name, Asked asked, JsonNode expected)
    {
        (asked.Method, asked.Path).ShouldBe(
            ((string)expected["method"]!, (string)expected["path"]!),
            name
        );
        if (expected["type"] is { } type)
            asked.Headers.ContentType.ToString().ShouldBe((string?)type, name);
        if (expected["bytes"] is { } bytes)
            asked.Body.ShouldBe((string?)bytes, name);
        if (expected["body"] is not { } body)
            return;
        var given = JsonNode.Parse(asked.Body)!.AsObject();
        given.Remove("id");
        JsonNode.DeepEquals(given, body).ShouldBeTrue($"{name}: {given.ToJsonString()}");
    }

    private static HttpRequestMessage Request(CloudWorld cloud, JsonObject call) =>
        new(new HttpMethod((string)call["method"]!), (string)Placed(cloud, call["path"]!)!)
        {
            Content =
                call["body"] is { } body
                    ? new StringContent(
                        Placed(cloud, body).ToJsonString(),
                        Encoding.UTF8,
                        "application/json"
                    )
                : call["form"] is JsonArray fields ? Form(fields)
                : null,
        };

    private static MultipartFormDataContent Form(JsonArray fields)
    {
        var form = new MultipartFormDataContent();
        foreach (var field in fields.Select(f => (string)f!))
            if (field == "file")
                form.Add(
                    new ByteArrayContent("picture"u8.ToArray())
                    {
                        Headers = { ContentType = new MediaTypeHeaderValue("image/png") },
                    },
                    "file",
                    "blob"
                );
            else
                form.Add(new StringContent(field == "type" ? "image/png" : "whatsapp"), field);
        return form;
    }

    private static JsonNode Placed(CloudWorld cloud, JsonNode node) =>
        JsonNode.Parse(
            node.ToJsonString()
                .Replace("PHONE", cloud.Phone, StringComparison.Ordinal)
                .Replace("ACCOUNT", $"{cloud.Account}", StringComparison.Ordinal)
                .Replace("SESSION", cloud.Session.Name, StringComparison.Ordinal)
                .Replace("KEY", GatewayWorld.ApiKey, StringComparison.Ordinal)
                .Replace(
                    "BASE",
                    cloud.Gateway.Api.ToString().TrimEnd('/'),
                    StringComparison.Ordinal
                )
        )!;
}
