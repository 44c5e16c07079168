using System.Text.Json.Nodes;

namespace WaOperator.Chart.Tests;

/// <summary>What people meet who install a chart: odd release names, two releases, an older release's values, platforms with rules.</summary>
public sealed class UsualTroubleTests
{
    [Theory]
    [InlineData("1st")]
    [InlineData("wa.prod")]
    [InlineData("2.wa-operator.x")]
    [InlineData("1e3")]
    [InlineData("wa-operator-with-a-very-long-name-that-goes-on-to-53")]
    public async Task Every_name_of_a_release_gives_valid_names(string release)
    {
        var objects = await RenderAsync(Rendered.Chart, release, "team-1");
        foreach (var o in objects)
        {
            var name = Rendered.Name(o);
            var rights = o["kind"]!.ToString().Contains("Role", StringComparison.Ordinal);
            name.Length.ShouldBeLessThanOrEqualTo(rights ? 253 : 63, name);
            if (o["kind"]!.ToString() == "Service")
                name.ShouldMatch("^[a-z]([-a-z0-9]*[a-z0-9])?$");
            if (o["metadata"]!["labels"]?["app.kubernetes.io/instance"] is { } instance)
                instance.GetValue<string>().ShouldBe(release);
        }
        objects.Count(o => o["kind"]!.ToString() == "Service").ShouldBe(2);
    }

    [Fact]
    public async Task Namespaces_that_look_like_numbers_stay_text()
    {
        var objects = await RenderAsync(
            Rendered.Chart,
            "wa-operator",
            "1234",
            "--set-string",
            "watchNamespaces={1e3}"
        );
        foreach (var o in objects)
            if (o["metadata"]!["namespace"] is { } ns)
                ns.GetValue<string>().ShouldBeOneOf("1234", "1e3");
    }

    [Fact]
    public async Task A_default_pool_whose_name_looks_like_a_boolean_stays_text()
    {
        var objects = await RenderAsync(
            Rendered.Chart,
            "wa-operator",
            "x",
            "--set-string",
            "defaultPool.name=true"
        );
        objects.Single(o => o["kind"]!.ToString() == "ConfigMap")["data"]!["name"]!
            .GetValue<string>()
            .ShouldBe("true");
    }

    [Theory]
    [InlineData("wa-operator", "team-a", "wa-operator", "team-b")]
    // Joined with a dash their names would be the same text.
    [InlineData("wa-operator", "team-a", "a-wa-operator", "team")]
    [InlineData("a", "team", "wa-operator", "team-a")]
    public async Task Two_releases_share_nothing_outside_their_namespaces(
        string firstName,
        string firstNamespace,
        string secondName,
        string secondNamespace
    )
    {
        string[] values = ["--set", "watchNamespaces={shared}", "--set", "crds.install=false"];
        var first = await RenderAsync(Rendered.Chart, firstName, firstNamespace, values);
        var second = await RenderAsync(Rendered.Chart, secondName, secondNamespace, values);
        Keys(first).Intersect(Keys(second), StringComparer.Ordinal).ShouldBeEmpty();

        static IEnumerable<string> Keys(IEnumerable<JsonObject> objects) =>
            objects.Select(o => $"{o["kind"]} {o["metadata"]!["namespace"]}/{Rendered.Name(o)}");
    }

    [Theory]
    [InlineData("uninstall")]
    [InlineData("sessionPod")]
    [InlineData("gateway")]
    [InlineData("metrics")]
    [InlineData("crds")]
    [InlineData("networkPolicy")]
    [InlineData("demo")]
    [InlineData("rbac")]
    [InlineData("watchAllNamespaces")]
    public async Task An_older_releases_values_are_read_with_defaults(string unknown)
    {
        // What --reuse-values does: the chart's own values are replaced by those of the release before.
        var chart = Directory.CreateTempSubdirectory("chart").FullName;
        try
        {
            CopyFolder(Path.Combine(Tool.Root, Rendered.Chart), chart);
            var values = Yaml.Read(await File.ReadAllTextAsync($"{chart}/values.yaml"));
            values.Remove(unknown).ShouldBeTrue();
            await File.WriteAllTextAsync($"{chart}/values.yaml", values.ToJsonString());
            var old = await RenderAsync(chart, "wa-operator", "wa-operator");
            if (unknown == "watchAllNamespaces")
                old.ShouldContain(o =>
                    o["kind"]!.ToString() == "ClusterRoleBinding"
                    && Rendered.Name(o) == "wa-operator.wa-operator"
                );
            else
                old.Select(o => o.ToJsonString())
                    .ShouldBe(
                        (await RenderAsync(Rendered.Chart, "wa-operator", "wa-operator")).Select(
                            o => o.ToJsonString()
                        )
                    );
        }
        finally
        {
            Directory.Delete(chart, recursive: true);
        }
    }

    [Theory]
    [InlineData("0.5")]
    [InlineData("1e9")]
    [InlineData("1Pi")]
    [InlineData("\"1e3\"")]
    [InlineData(".5")]
    [InlineData("100m")]
    [InlineData("2E")]
    public async Task Quantities_are_read_as_Kubernetes_reads_them(string amount)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(
                file,
                $$"""
                operator: { resources: { limits: { cpu: {{amount}} } } }
                defaultPool: { spec: { resources: { limits: { cpu: {{amount}} } } } }
                """
            );
            var objects = await RenderAsync(Rendered.Chart, "x", "y", "--values", file);
            var pool = JsonNode.Parse(
                objects.Single(o => o["kind"]!.ToString() == "ConfigMap")["data"]![
                    "spec.json"
                ]!.ToString()
            )!;
            pool["resources"]!["limits"]!["cpu"]!
                .GetValueKind()
                .ShouldBe(System.Text.Json.JsonValueKind.String);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_platform_may_choose_the_user()
    {
        var objects = await RenderAsync(
            Rendered.Chart,
            "x",
            "y",
            "--set",
            "operator.runAsUser=null,gateway.runAsUser=null,sessionPod.runAsUser=null"
        );
        foreach (var o in objects.Where(o => o["kind"]!.ToString() is "Deployment" or "Job"))
        {
            var security = o["spec"]!["template"]!["spec"]!["securityContext"]!.AsObject();
            security["runAsNonRoot"]!.GetValue<bool>().ShouldBeTrue();
            security.Select(p => p.Key).ShouldNotContain("runAsUser");
            security.Select(p => p.Key).ShouldNotContain("fsGroup");
        }
        Operator(objects)["spec"]!["template"]!["spec"]!["containers"]![0]!["env"]!
            .AsArray()
            .Single(e => e!["name"]!.ToString() == "WA__SessionPod__RunAsUser")!["value"]!
            .ToString()
            .ShouldBeEmpty();
    }

    [Fact]
    public async Task A_digest_pins_an_image()
    {
        var digest = $"sha256:{new string('a', 64)}";
        var objects = await RenderAsync(
            Rendered.Chart,
            "x",
            "y",
            "--set",
            $"operator.image.digest={digest},image.tag=1.2.3"
        );
        Operator(objects)["spec"]!["template"]!["spec"]!["containers"]![0]!["image"]!
            .ToString()
            .ShouldBe($"wa-operator/operator@{digest}");
    }

    private static JsonObject Operator(IEnumerable<JsonObject> objects) =>
        objects.Single(o =>
            o["kind"]!.ToString() == "Deployment"
            && o["metadata"]!["labels"]!["app.kubernetes.io/component"]!.ToString() == "operator"
        );

    private static async Task<List<JsonObject>> RenderAsync(
        string chart,
        string release,
        string ns,
        params string[] more
    ) =>
        [
            .. Yaml.All(
                (
                    await Tool.HelmAsync([
                        "template",
                        release,
                        chart,
                        "--namespace",
                        ns,
                        "--kube-version",
                        "1.36",
                        .. more,
                    ])
                ).Succeeded()
            ),
        ];

    private static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
