using System.Text.Json.Nodes;
using WaOperator.Domain;
using WaOperator.Resources;
using WaOperator.Testing;

namespace WaOperator.Chart.Tests;

/// <summary>
/// The chart's rights, settings and default pool are enough for the operator: it runs as the service account of the chart
/// against a real API server, and is refused nothing.
/// </summary>
public sealed class InstalledTests : IAsyncLifetime
{
    private const string Samples = "wa-demo";
    private const string Release = "wa-operator";
    private ApiServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await ApiServer.StartAsync();
        await _server.KubectlAsync("", "create", "namespace", Release);
        await _server.KubectlAsync("", "create", "namespace", Samples);
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("over the whole cluster", "--set", "watchAllNamespaces=true")]
    [InlineData(
        "in two namespaces",
        "--set",
        "watchNamespaces={wa-demo}",
        "--set",
        "rbac.readNodes=false"
    )]
    public async Task The_operator_is_refused_nothing(string _, params string[] values)
    {
        var rendered = await ChartRelease.InstallAsync(_server, Release, values);
        using var host = await StartAsync(rendered, "Deployment", "wa-operator", "wa-operator");

        var pool = await GetAsync("whatsappsessionpool", Release, "default", host, _ => true);
        pool["metadata"]!["ownerReferences"]![0]!["kind"]!.ToString().ShouldBe("ConfigMap");
        foreach (var kind in (string[])["statefulset", "service", "poddisruptionbudget"])
            await GetAsync(kind, Release, "wa-default", host, _ => true);

        await _server.KubectlAsync(
            "",
            "apply",
            "-f",
            Path.Combine(Tool.Root, "hack/samples/20-tenants.yaml")
        );
        await _server.KubectlAsync(
            "",
            "apply",
            "-f",
            Path.Combine(Tool.Root, "hack/samples/30-sessions.yaml")
        );
        var session = await GetAsync(
            "whatsappsession",
            Samples,
            "bakery-orders",
            host,
            s => s["status"]?["phase"]?.ToString() == SessionPhases.Unplaced
        );
        session["metadata"]!["finalizers"]!
            .AsArray()
            .Select(f => f!.ToString())
            .ShouldContain(WhatsAppFinalizers.Session);
        await _server.KubectlAsync(
            $$"""
            apiVersion: {{WhatsAppApi.ApiVersion}}
            kind: WhatsAppSession
            metadata:
              name: orphan
              namespace: {{Samples}}
            spec:
              tenantRef: { name: nobody }
              phoneNumber: "491700000009"
            """,
            "apply",
            "-f",
            "-"
        );
        await Eventually.True(
            "an event says that there is no such tenant",
            async () =>
                (await _server.KubectlAsync("", "get", "events", "-n", Samples)).Contains(
                    Reasons.TenantNotFound,
                    StringComparison.Ordinal
                )
        );
        await _server.KubectlAsync(
            "",
            "delete",
            "whatsappsession",
            "bakery-orders",
            "-n",
            Samples,
            "--timeout=60s"
        );

        var refused = (await _server.AuditAsync())
            .Where(e => e.Code == 403 && e.User == $"system:serviceaccount:{Release}:wa-operator")
            .Select(e => $"{e.Verb} {e.Uri}");
        refused.Distinct().ShouldBeEmpty();
    }

    [Theory]
    [InlineData("over the whole cluster", "--set", "watchAllNamespaces=true")]
    [InlineData(
        "in two namespaces",
        "--set",
        "watchNamespaces={wa-demo}",
        "--set",
        "rbac.readNodes=false"
    )]
    public async Task After_the_release_its_finalizers_go_and_no_namespace_hangs(
        string _,
        params string[] values
    )
    {
        var rendered = await ChartRelease.InstallAsync(_server, Release, values);
        await _server.KubectlAsync(
            "",
            "apply",
            "-f",
            Path.Combine(Tool.Root, "hack/samples/30-sessions.yaml")
        );
        await _server.KubectlAsync(
            "",
            "patch",
            "was",
            "-n",
            Samples,
            "clinic-results",
            "--type=merge",
            "-p",
            $$$"""{"metadata":{"finalizers":["{{{WhatsAppFinalizers.Session}}}"]}}"""
        );
        await _server.KubectlAsync("", "delete", "was", "-n", Samples, "--all", "--wait=false");
        (await SessionsAsync()).ShouldBe("whatsappsession.whatsapp.wa-operator.io/clinic-results");
        foreach (var hook in rendered.Hooks)
            await _server.KubectlAsync(hook.ToJsonString(), "create", "-f", "-");

        using var job = await StartAsync(
            rendered,
            "Job",
            "wa-operator-uninstall",
            "wa-operator-uninstall",
            "release-finalizers"
        );

        (await job.ExitAsync()).ShouldBe(0, job.Log);
        (await SessionsAsync()).ShouldBeEmpty();
    }

    private async Task<string> SessionsAsync() =>
        (await _server.KubectlAsync("", "get", "was", "-n", Samples, "-o", "name")).Trim();

    private async Task<ChartProcess> StartAsync(
        Rendered rendered,
        string kind,
        string name,
        string serviceAccount,
        params string[] arguments
    )
    {
        var pod = rendered.One(kind, name)["spec"]!["template"]!["spec"]!;
        pod["serviceAccountName"]!.ToString().ShouldBe(serviceAccount);
        var container = pod["containers"]![0]!;
        (container["args"]?.AsArray() ?? []).Select(a => a!.ToString()).ShouldBe(arguments);
        var postgres = await PostgresServer.SharedAsync();
        return await ChartProcess.StartAsync(
            _server,
            "WaOperator.Operator",
            serviceAccount,
            container["env"]?.AsArray() ?? [],
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["WA__Database__ConnectionString"] = await postgres.CreateDatabaseAsync(),
                ["WA__Pod__Name"] = "test",
                ["WA__Pod__Namespace"] = Release,
                ["WA__Port"] = "0",
            },
            arguments
        );
    }

    private Task<JsonNode> GetAsync(
        string kind,
        string ns,
        string name,
        ChartProcess host,
        Func<JsonNode, bool> holds
    ) =>
        Eventually.Get(
            $"{kind} {ns}/{name} is as it should be; the operator says:\n{host.Log}",
            async () =>
            {
                var text = await _server.KubectlAsync(
                    "",
                    "get",
                    kind,
                    name,
                    "-n",
                    ns,
                    "-o",
                    "json",
                    "--ignore-not-found"
                );
                return text.Length > 0 && JsonNode.Parse(text) is { } found && holds(found)
                    ? found
                    : null;
            },
            TimeSpan.FromSeconds(60)
        );
}
