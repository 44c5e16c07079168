using System.Text.Json.Nodes;
using WaOperator.Testing;

namespace WaOperator.Chart.Tests;

/// <summary>A real API server: Helm and kubectl install the chart and the definitions, and bad resources are refused.</summary>
public sealed class ApiServerTests : IAsyncLifetime
{
    private ApiServer _server = null!;

    public async Task InitializeAsync() => _server = await ApiServer.StartAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Helm_installs_upgrades_and_removes_the_chart_and_keeps_the_resources()
    {
        await _server.KubectlAsync("", "create", "namespace", "wa-operator");
        await _server.KubectlAsync("", "create", "namespace", "wa-demo");
        (await HelmAsync("install")).Succeeded();
        await _server.EstablishedAsync();

        (await HelmAsync("upgrade", "--values", $"{Rendered.Chart}/values-demo.yaml")).Succeeded();
        await _server.KubectlAsync("", "apply", "-f", Path.Combine(Tool.Root, "hack/samples"));
        (await HelmAsync("upgrade", "--values", $"{Rendered.Chart}/values-demo.yaml")).Succeeded();

        (
            await Tool.HelmAsync([
                "uninstall",
                // No one runs its Job here.
                "--no-hooks",
                "wa-operator",
                "-n",
                "wa-operator",
                "--kubeconfig",
                _server.KubeconfigPath,
            ])
        ).Succeeded();
        (await _server.KubectlAsync("", "get", "was", "-n", "wa-demo", "-o", "name"))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Length.ShouldBe(5);
        (
            await _server.KubectlAsync(
                "",
                "get",
                "deploy,sts,svc,netpol,pdb,role,cm",
                "-n",
                "wa-operator",
                "-o",
                "name"
            )
        )
            .Replace("configmap/kube-root-ca.crt", "", StringComparison.Ordinal)
            .Trim()
            .ShouldBeEmpty();
    }

    [Fact]
    public async Task Kubectl_installs_the_definitions_as_the_readme_says_and_bad_resources_are_refused()
    {
        var old =
            int.Parse(Minor(await _server.KubectlAsync("", "version", "-o", "json")), null) < 25;
        await _server.KubectlAsync(
            "",
            [
                "apply",
                old ? "--validate=false" : "--server-side",
                "-f",
                Path.Combine(Tool.Root, "crds"),
            ]
        );
        await _server.EstablishedAsync();

        // kubectl knows unknown fields by the published schema, which follows the definition by a moment.
        await Eventually.True(
            "the schema of the definitions is published",
            async () =>
                (await _server.KubectlAsync("", "explain", "was.spec")).Contains(
                    "tenantRef",
                    StringComparison.Ordinal
                )
        );

        foreach (var (name, yaml, about) in Bad())
        {
            var refused = await Should.ThrowAsync<InvalidOperationException>(
                () => _server.KubectlAsync(yaml, "apply", "-f", "-"),
                name
            );
            refused.Message.ShouldContain(about, Case.Insensitive, name);
        }
        (await _server.KubectlAsync("", "get", "wa", "-A", "-o", "name")).Trim().ShouldBeEmpty();
    }

    private static IEnumerable<(string Name, string Yaml, string About)> Bad()
    {
        const string api = "apiVersion: whatsapp.wa-operator.io/v1alpha1\n";
        static string Session(string name, string spec) =>
            $"{api}kind: WhatsAppSession\nmetadata: {{name: {name}}}\nspec: {spec}\n";
        static string Pool(string name, string spec) =>
            $"{api}kind: WhatsAppSessionPool\nmetadata: {{name: {name}}}\nspec: {spec}\n";
        const string ok =
            "databaseSecretRef: {name: a, key: b}, masterKeySecretRef: {name: a, key: b}";
        yield return (
            "phone abc",
            Session("s", "{tenantRef: {name: t}, phoneNumber: abc}"),
            "spec.phoneNumber"
        );
        yield return ("no tenant", Session("s", "{phoneNumber: \"491701234567\"}"), "tenantRef");
        yield return (
            "tenant elsewhere",
            Session("s", "{tenantRef: {name: t, namespace: x}, phoneNumber: \"491701234567\"}"),
            "unknown field"
        );
        yield return (
            "name of 300 characters",
            Session(new string('a', 300), "{tenantRef: {name: t}, phoneNumber: \"491701234567\"}"),
            "metadata.name"
        );
        yield return (
            "name of 64 characters",
            Session(new string('a', 64), "{tenantRef: {name: t}, phoneNumber: \"491701234567\"}"),
            "metadata.name"
        );
        yield return (
            "negative cap",
            Pool("p", $"{{perShard: {{sessions: -1}}, {ok}}}"),
            "spec.perShard.sessions"
        );
        yield return (
            "negative memory",
            Pool("p", $"{{perShard: {{memory: -1Mi}}, {ok}}}"),
            "spec.perShard.memory"
        );
        yield return ("name with a dot", Pool("a.b", $"{{{ok}}}"), "metadata.name");
        yield return (
            "no master key",
            Pool("p", "{databaseSecretRef: {name: a, key: b}}"),
            "masterKeySecretRef"
        );
    }

    private Task<Printed> HelmAsync(string verb, params string[] more) =>
        Tool.HelmAsync([
            verb,
            "wa-operator",
            Rendered.Chart,
            "-n",
            "wa-operator",
            "--kubeconfig",
            _server.KubeconfigPath,
            .. more,
        ]);

    private static string Minor(string version) =>
        JsonNode.Parse(version)!["serverVersion"]!["minor"]!.ToString().TrimEnd('+');
}
