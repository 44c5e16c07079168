using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Npgsql;
using WaOperator.Domain;
using WaOperator.Testing;

namespace WaOperator.Chart.Tests;

/// <summary>
/// The chart's rights and settings are enough for the gateway: as the service account and the database role of the chart it does what
/// tenants ask of it, beside an operator, against a real API server and PostgreSQL, and is refused nothing.
/// </summary>
public sealed class GatewayInstalledTests : IAsyncLifetime
{
    private const string Release = "wa-operator";
    private const string Gateway = "wa-operator-gateway";
    private const string Ns = "acme";
    private const string Key = "0123456789abcdef0123456789abcdef";
    private const string Path = $"/v1/sessions/{Ns}/support";
    private ApiServer _server = null!;
    private string _database = "";

    public async Task InitializeAsync()
    {
        _server = await ApiServer.StartAsync();
        foreach (var ns in (string[])[Release, Ns])
            await _server.KubectlAsync("", "create", "namespace", ns);
        _database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await using var admin = NpgsqlDataSource.Create(_database);
        await using var role = admin.CreateCommand(
            """
            do $$ begin create role wa_gateway; exception when duplicate_object or unique_violation then null; end $$;
            alter role wa_gateway login
            """
        );
        await role.ExecuteNonQueryAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_tenant_without_sessions_makes_changes_and_deletes_one_with_a_key_alone()
    {
        var rendered = await ChartRelease.InstallAsync(
            _server,
            Release,
            "--set",
            $"watchNamespaces={{{Ns}}}"
        );
        using var @operator = await StartAsync(
            rendered,
            "WaOperator.Operator",
            Release,
            new()
            {
                ["WA__Pod__Name"] = "test",
                ["WA__Pod__Namespace"] = Release,
                ["WA__Port"] = "0",
            }
        );
        var (api, health) = (PostgresServer.FreePort(), PostgresServer.FreePort());
        using var gateway = await StartAsync(
            rendered,
            "WaOperator.Gateway",
            Gateway,
            new()
            {
                [GatewayEnvironment.Port] = $"{api}",
                [GatewayEnvironment.HealthPort] = $"{health}",
            }
        );
        await TenantAsync();
        using var http = new HttpClient { BaseAddress = new($"http://127.0.0.1:{api}") };
        http.DefaultRequestHeaders.Authorization = new("Bearer", Key);

        await Eventually.True(
            $"the gateway is ready; it says:\n{gateway.Log}",
            async () => await IsAsync(http, $"http://127.0.0.1:{health}/readyz", HttpStatusCode.OK),
            TimeSpan.FromSeconds(60)
        );
        await Eventually.True(
            "the key is known",
            async () => await IsAsync(http, "/v1/sessions", HttpStatusCode.OK),
            TimeSpan.FromSeconds(60)
        );
        await AnswersAsync(
            HttpStatusCode.Created,
            await http.PostAsJsonAsync(
                "/v1/sessions",
                new { name = "support", phone = "491700000001" }
            )
        );
        await AnswersAsync(
            HttpStatusCode.OK,
            await http.PatchAsJsonAsync(Path, new { labels = new { team = "a" } })
        );
        await AnswersAsync(HttpStatusCode.OK, await http.PostAsync($"{Path}/stop", null));
        (await SessionAsync())["spec"]!["state"]!.ToString().ShouldBe("Stopped");
        await AnswersAsync(HttpStatusCode.OK, await http.PostAsync($"{Path}/start", null));
        await AnswersAsync(HttpStatusCode.Accepted, await http.DeleteAsync(Path));

        (await _server.AuditAsync())
            .Where(e => e.Code == 403 && e.User == $"system:serviceaccount:{Release}:{Gateway}")
            .Select(e => $"{e.Verb} {e.Uri}")
            .ShouldBeEmpty();
    }

    private async Task TenantAsync()
    {
        await _server.KubectlAsync(
            "",
            "create",
            "secret",
            "generic",
            "acme-api",
            "-n",
            Ns,
            $"--from-literal=key={Key}"
        );
        await _server.KubectlAsync(
            $$"""
            apiVersion: whatsapp.wa-operator.io/v1alpha1
            kind: WhatsAppTenant
            metadata: { name: acme, namespace: {{Ns}} }
            spec:
              displayName: Acme
              limits: { sessions: 10 }
              apiKeySecretRefs: [{ name: acme-api, key: key }]
            """,
            "apply",
            "-f",
            "-"
        );
    }

    private async Task<JsonNode> SessionAsync() =>
        JsonNode.Parse(
            await _server.KubectlAsync("", "get", "was", "support", "-n", Ns, "-o", "json")
        )!;

    private static async Task<bool> IsAsync(HttpClient http, string uri, HttpStatusCode status)
    {
        try
        {
            using var answer = await http.GetAsync(uri);
            return answer.StatusCode == status;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static async Task AnswersAsync(HttpStatusCode status, HttpResponseMessage answer)
    {
        using (answer)
            answer.StatusCode.ShouldBe(status, await answer.Content.ReadAsStringAsync());
    }

    private Task<ChartProcess> StartAsync(
        Rendered rendered,
        string program,
        string name,
        Dictionary<string, string> instead
    )
    {
        var pod = rendered.Pods.Single(p => p.Name == name).Spec;
        instead[GatewayEnvironment.Database] =
            name == Gateway
                ? _database.Replace(
                    "Username=postgres",
                    "Username=wa_gateway",
                    StringComparison.Ordinal
                )
                : _database;
        return ChartProcess.StartAsync(
            _server,
            program,
            pod["serviceAccountName"]!.ToString(),
            pod["containers"]![0]!["env"]!.AsArray(),
            instead
        );
    }
}
