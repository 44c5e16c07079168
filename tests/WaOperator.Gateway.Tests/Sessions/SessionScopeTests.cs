using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using WaOperator.Api;
using WaOperator.Domain;
using WaOperator.Gateway.Tests.World;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Gateway.Tests.Sessions;

/// <summary>What keys with limits open at the gateway.</summary>
public sealed class SessionScopeTests
{
    private const string Reader = "reader-0123456789abcdef0123456789abcdef";
    private const string Writer = "writer-0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task A_key_sees_and_changes_what_it_is_limited_to()
    {
        await using var world = await GatewayWorld.StartAsync();
        var tenant = await world.Desired.PutTenantAsync(new TenantRow("ns", "acme", false, "{}"));
        await world.Desired.PutSessionsAsync([
            .. Enumerable
                .Range(1, 3)
                .Select(n => new SessionRow
                {
                    Uid = $"uid-{n}",
                    TenantId = tenant,
                    Phone = $"49170000000{n}",
                    Namespace = "ns",
                    Name = $"s-{n}",
                    PoolUid = GatewayWorld.Pool,
                    Desired = DesiredState.Active,
                    PairingMethod = "QR",
                    DeviceName = "WaOperator",
                }),
        ]);
        await world.Desired.PutApiKeysAsync(
            tenant,
            new ApiKeyReading(
                new Dictionary<string, byte[]>(StringComparer.Ordinal)
                {
                    ["reader/key"] = SHA256.HashData(Encoding.ASCII.GetBytes(Reader)),
                    ["writer/key"] = SHA256.HashData(Encoding.ASCII.GetBytes(Writer)),
                },
                [],
                MayAdd: true
            )
            {
                Limits = new Dictionary<string, ApiKeyLimits>(StringComparer.Ordinal)
                {
                    ["reader/key"] = new([ApiScopes.SessionsRead], ["s-1", "s-3"], null),
                    ["writer/key"] = new([ApiScopes.SessionsWrite], null, null),
                },
            }
        );
        var gateway = await world.GatewayAsync();
        using var reader = Client(gateway.Api, Reader);
        using var writer = Client(gateway.Api, Writer);

        var page = await reader.GetFromJsonAsync<JsonNode>("/v1/sessions");
        page!["data"]!.AsArray().Select(s => (string?)s!["name"]).ShouldBe(["s-1", "s-3"]);

        (await TypeAsync(await writer.GetAsync("/v1/sessions"))).ShouldBe((403, "forbidden-scope"));
        (await TypeAsync(await reader.DeleteAsync("/v1/sessions/ns/s-1"))).ShouldBe(
            (403, "forbidden-scope")
        );
        // Neither a session that it does not open nor one that is not there is told of.
        foreach (var name in (string[])["s-2", "missing"])
            (await TypeAsync(await reader.DeleteAsync($"/v1/sessions/ns/{name}"))).ShouldBe(
                (404, "unknown-session")
            );
    }

    [Fact]
    public async Task Each_endpoint_asks_for_a_scope()
    {
        await using var world = await GatewayWorld.StartAsync();
        var gateway = await world.GatewayAsync();

        var scopes = gateway
            .Services.GetServices<EndpointDataSource>()
            .SelectMany(s => s.Endpoints)
            .Where(e => e.Metadata.GetMetadata<IEndpointNameMetadata>() is not null)
            .ToDictionary(
                e => e.Metadata.GetMetadata<IEndpointNameMetadata>()!.EndpointName,
                e => e.Metadata.GetMetadata<RequiredScope>()?.Scope
            );

        scopes["createSession"].ShouldBe(ApiScopes.SessionsWrite);
        // What the id is of decides which one cloudGet asks for; of templates there are none to be told.
        scopes
            .Where(s => s.Value is null || !ApiScopes.All.Contains(s.Value))
            .Select(s => s.Key)
            .ShouldBe(["cloudGet", "cloudListTemplates"], ignoreOrder: true);
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

    private static async Task<(int Status, string Type)> TypeAsync(HttpResponseMessage answer)
    {
        using (answer)
        {
            var body = await answer.Content.ReadFromJsonAsync<JsonNode>();
            return (
                (int)answer.StatusCode,
                ((string?)body!["type"])!.Replace(
                    ProblemAnswer.TypePrefix,
                    "",
                    StringComparison.Ordinal
                )
            );
        }
    }
}
