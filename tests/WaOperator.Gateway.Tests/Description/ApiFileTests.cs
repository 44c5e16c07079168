using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using WaOperator.Api;
using WaOperator.Gateway.Tests.World;
using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Testing;

namespace WaOperator.Gateway.Tests.Description;

/// <summary>The description of the API that the gateway serves, against what gateway and pods do serve.</summary>
public sealed class ApiFileTests
{
    private const string Update = "WA_UPDATE_OPENAPI";

    private static readonly string ApiFile = Path.Combine(
        KubernetesBinaries.RepositoryRoot(),
        "gateway/WaOperator.Gateway/Description/openapi.json"
    );

    [Fact]
    public async Task The_file_is_what_gateway_and_pods_say_of_themselves()
    {
        await using var pods = await PodWorld.StartAsync(network: new FakeNetwork());
        await using var pod = await pods.PodAsync(0, "pod-a");
        await using var gateways = await GatewayWorld.StartAsync();
        var gateway = await gateways.GatewayAsync();
        using var http = new HttpClient();

        var made = ApiDocument.Make(
            await OfGatewayAsync(gateway),
            Read(await http.GetStringAsync(new Uri(pod.Api, "/openapi/v1.json"))),
            Read(
                await File.ReadAllTextAsync(
                    Path.Combine(
                        KubernetesBinaries.RepositoryRoot(),
                        "tests/WaOperator.Gateway.Tests/Description/overlay.json"
                    )
                )
            ),
            ScopesOf([.. gateway.Endpoints, .. pod.Endpoints])
        );

        if (Environment.GetEnvironmentVariable(Update) == "1")
            await File.WriteAllTextAsync(ApiFile, made);
        (await File.ReadAllTextAsync(ApiFile) == made).ShouldBeTrue(
            $"endpoints have changed: run this test with {Update}=1, look at the difference of {ApiFile}, and commit it"
        );
    }

    [Fact]
    public async Task The_gateway_serves_it_while_no_pod_runs()
    {
        await using var world = await GatewayWorld.StartAsync();
        var gateway = await world.GatewayAsync();
        using var http = new HttpClient { BaseAddress = gateway.Api };

        using var answer = await http.GetAsync("/openapi/v1.json");

        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        var paths = Read(await answer.Content.ReadAsStringAsync())["paths"]!;
        paths["/v1/sessions"]!["post"].ShouldNotBeNull();
        paths["/v1/sessions/{namespace}/{name}/messages"]!["post"].ShouldNotBeNull();
        using var again = new HttpRequestMessage(HttpMethod.Get, "/openapi/v1.json");
        again.Headers.IfNoneMatch.Add(answer.Headers.ETag!);
        ((int)(await http.SendAsync(again)).StatusCode).ShouldBe(304);
    }

    [Fact]
    public async Task Each_body_in_JSON_has_an_example_of_its_own_fields()
    {
        var document = Read(await File.ReadAllTextAsync(ApiFile));
        var bodies = 0;
        foreach (var (path, methods) in document["paths"]!.AsObject())
        foreach (var (method, operation) in methods!.AsObject())
        {
            var body = operation!["requestBody"]?["content"]?["application/json"];
            if (body is null)
            {
                method.ShouldNotBe("patch", $"{path} has no body");
                continue;
            }
            bodies++;
            var schema = body["schema"]!;
            if ((string?)schema["$ref"] is { } named)
                schema = document["components"]!["schemas"]![named.Split('/')[^1]]!;
            var fields = schema["properties"]!.AsObject().Select(p => p.Key).ToHashSet();
            var examples = body["examples"].ShouldNotBeNull($"{method} {path}").AsObject();
            foreach (var (name, example) in examples)
                example!["value"]!
                    .AsObject()
                    .ShouldAllBe(f => fields.Contains(f.Key), $"{name} of {method} {path}");
        }
        bodies.ShouldBeGreaterThan(10);
    }

    [Fact]
    public async Task A_linter_finds_nothing_wrong() =>
        (await Linter.ProblemsAsync(ApiFile)).ShouldBeEmpty();

    [Fact]
    public async Task The_linter_finds_what_is_wrong()
    {
        var document = Read(await File.ReadAllTextAsync(ApiFile));
        var send = document["paths"]!["/v1/sessions/{namespace}/{name}/messages"]!["post"]!;
        send["tags"]![0] = "none";
        send["requestBody"]!["content"]!["application/json"]!["examples"]!["text"]!["value"]![
            "to"
        ] = 5;
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, document.ToJsonString());

            var problems = await Linter.ProblemsAsync(file);

            problems.ShouldContain(p => p.Contains("(operation-tag-defined)"));
            problems.ShouldContain(p => p.Contains("(no-invalid-media-type-examples)"));
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<JsonObject> OfGatewayAsync(TestGateway gateway)
    {
        await using var scope = gateway.Services.CreateAsyncScope();
        var document = await scope
            .ServiceProvider.GetRequiredKeyedService<IOpenApiDocumentProvider>("v1")
            .GetOpenApiDocumentAsync();
        return Read(await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1));
    }

    private static Dictionary<string, string?> ScopesOf(
        IEnumerable<Microsoft.AspNetCore.Http.Endpoint> endpoints
    )
    {
        var scopes = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var endpoint in endpoints)
            if (
                endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()?.EndpointName is { } name
                && endpoint.Metadata.GetMetadata<RequiredScope>() is { Scope: var scope }
            )
                scopes[name] = scope;
        return scopes;
    }

    private static JsonObject Read(string json) => JsonNode.Parse(json)!.AsObject();
}
