using System.Text.Json.Nodes;

namespace WaOperator.Chart.Tests;

/// <summary>Values: schema, documentation, and what is said of wrong ones.</summary>
public sealed class ValuesTests
{
    private static readonly string[] Free =
    [
        "operator.resources",
        "gateway.resources",
        "defaultPool.spec",
    ];

    [Theory]
    [InlineData("operator.replicas=-1", "/operator/replicas")]
    [InlineData("operator.replica=3", "additional properties 'replica' not allowed")]
    [InlineData("image.tag=a b", "/image/tag")]
    [InlineData("image.pullPolicy=Sometimes", "/image/pullPolicy")]
    [InlineData("watchNamespaces={Team_A}", "/watchNamespaces/0")]
    [InlineData("masterKey.value=abc", "additional properties 'value' not allowed")]
    [InlineData("masterKey.existingSecret=", "/masterKey/existingSecret")]
    [InlineData(
        "operator.leaderElection.leaseSeconds=soon",
        "/operator/leaderElection/leaseSeconds"
    )]
    [InlineData(
        "operator.leaderElection.leaseSeconds=4",
        "leaseSeconds must be greater than renewSeconds"
    )]
    [InlineData(
        "operator.leaderElection.retrySeconds=4",
        "renewSeconds must be greater than retrySeconds"
    )]
    [InlineData("operator.resources.limits.memory=-5Mi", "/operator/resources/limits/memory")]
    [InlineData("operator.resources.limits.memory=5MiB", "/operator/resources/limits/memory")]
    [InlineData("operator.image.digest=latest", "/operator/image/digest")]
    [InlineData("sessionPod.runAsUser=0", "/sessionPod/runAsUser")]
    [InlineData(
        "watchAllNamespaces=true,watchNamespaces={a}",
        "watchAllNamespaces and watchNamespaces exclude each other"
    )]
    [InlineData("gateway.hold.seconds=16", "/gateway/hold/seconds")]
    [InlineData("gateway.resendPercent=101", "/gateway/resendPercent")]
    [InlineData("gateway.service.type=ExternalName", "/gateway/service/type")]
    [InlineData("gateway.ingress.hosts={https://api.example.com}", "/gateway/ingress/hosts/0")]
    [InlineData("gateway.httpRoute.requestTimeout=never", "/gateway/httpRoute/requestTimeout")]
    [InlineData("gateway.tls.secret=a", "additional properties 'secret' not allowed")]
    [InlineData(
        "gateway.httpRoute.enabled=true",
        "gateway.httpRoute.enabled needs gateway.httpRoute.parentRefs"
    )]
    [InlineData(
        "gateway.autoscaling.enabled=true,gateway.autoscaling.maxReplicas=1",
        "gateway.autoscaling.maxReplicas must not be less than minReplicas"
    )]
    [InlineData(
        "gateway.autoscaling.enabled=true,gateway.resources.requests.cpu=null",
        "gateway.autoscaling needs gateway.resources.requests.cpu"
    )]
    [InlineData(
        "gateway.enabled=false,networkPolicy.apiOnlyThroughGateway=true",
        "networkPolicy.apiOnlyThroughGateway needs gateway.enabled"
    )]
    [InlineData(
        "networkPolicy.enabled=false,networkPolicy.apiOnlyThroughGateway=true",
        "networkPolicy.apiOnlyThroughGateway needs networkPolicy.enabled"
    )]
    [InlineData(
        "networkPolicy.apiOnlyThroughGateway=true,networkPolicy.apiFrom[0].ipBlock.cidr=10.0.0.0/8",
        "networkPolicy.apiOnlyThroughGateway and networkPolicy.apiFrom exclude each other"
    )]
    [InlineData("demo.postgresql.persistence=disk", "/demo/postgresql/persistence")]
    [InlineData("networkPolicy.databasePorts={70000}", "/networkPolicy/databasePorts/0")]
    [InlineData("metrics.podMonitor.interval=often", "/metrics/podMonitor/interval")]
    public async Task A_wrong_value_is_refused_by_name(string set, string message)
    {
        var answer = await Tool.HelmAsync(["template", "x", Rendered.Chart, "--set", set]);
        answer.ExitCode.ShouldNotBe(0);
        answer.Error.ShouldContain(message);
    }

    [Fact]
    public void The_schema_has_the_values_and_nothing_else()
    {
        var values = Paths(Yaml.Read(Tool.Read($"{Rendered.Chart}/values.yaml")), "");
        var schema = JsonNode.Parse(Tool.Read($"{Rendered.Chart}/values.schema.json"))!.AsObject();
        values.ShouldBe(
            SchemaPaths(schema, schema, "").Except(["global"], StringComparer.Ordinal),
            ignoreOrder: true
        );
    }

    [Fact]
    public void The_readme_has_every_value()
    {
        var readme = Tool.Read($"{Rendered.Chart}/README.md");
        foreach (var path in Paths(Yaml.Read(Tool.Read($"{Rendered.Chart}/values.yaml")), ""))
            readme.ShouldContain($"| `{path}` |");
    }

    [Fact]
    public async Task What_is_generated_is_up_to_date() =>
        (await Tool.RunAsync(Path.Combine(Tool.Root, "hack/chart"), "", "check")).Succeeded();

    [Theory]
    [InlineData]
    [InlineData("--values", $"{Rendered.Chart}/values-demo.yaml")]
    [InlineData("--values", "tests/WaOperator.Chart.Tests/everything.yaml")]
    public async Task Helm_has_nothing_to_complain_about(params string[] arguments) =>
        (await Tool.HelmAsync(["lint", "--strict", Rendered.Chart, .. arguments])).Succeeded();

    /// <summary>Paths of the values that are no objects, or that are free in what they hold.</summary>
    private static IEnumerable<string> Paths(JsonObject values, string prefix) =>
        values.SelectMany(v =>
            v.Value is JsonObject { Count: > 0 } inner
            && !Free.Contains(prefix + v.Key, StringComparer.Ordinal)
                ? Paths(inner, $"{prefix}{v.Key}.")
                : [prefix + v.Key]
        );

    private static IEnumerable<string> SchemaPaths(
        JsonObject root,
        JsonObject schema,
        string prefix
    )
    {
        foreach (var (name, value) in schema["properties"]!.AsObject())
        {
            var property = value!.AsObject();
            if (property["$ref"]?.ToString() is { } reference)
                property = root["$defs"]![reference.Split('/')[^1]]!.AsObject();
            var path = prefix + name;
            if (property["properties"] is null || Free.Contains(path, StringComparer.Ordinal))
                yield return path;
            else
                foreach (var inner in SchemaPaths(root, property, path + "."))
                    yield return inner;
        }
    }
}
