using System.Text.Json.Nodes;
using WaOperator.Resources;

namespace WaOperator.Chart.Tests;

/// <summary>Everything that people apply is valid, against the schemas of a current Kubernetes and of the add-ons.</summary>
public sealed class ManifestTests
{
    [Theory]
    [InlineData("default")]
    [InlineData("demo")]
    [InlineData("namespaced")]
    [InlineData("everything")]
    public async Task The_chart_renders_valid_objects(string values) =>
        (await Validator.ProblemsAsync((await Rendered.OfAsync(values)).Objects)).ShouldBeEmpty();

    [Fact]
    public async Task The_validator_finds_what_is_wrong()
    {
        var broken = Yaml.Read(
            "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: bad}, spec: {selector: {matchLabels: {a: 1}}}}"
        );
        var unknown = Yaml.Read(
            "{apiVersion: policy/v1, kind: PodDisruption, metadata: {name: old}}"
        );
        var problems = await Validator.ProblemsAsync([broken, unknown]);
        problems.Count.ShouldBe(2);
        problems[0]
            .ShouldStartWith(
                "PodDisruptionBudget/bad: data/spec/selector/matchLabels/a must be string"
            );
        problems[1].ShouldStartWith("PodDisruption/old: ");
    }

    [Fact]
    public void The_samples_are_two_tenants_five_sessions_and_one_pool_of_two_shards()
    {
        var samples = Samples();
        Of(samples, "WhatsAppTenant").Count.ShouldBe(2);
        Of(samples, "WhatsAppSession").Count.ShouldBe(5);
        var pool = Of(samples, "WhatsAppSessionPool").Single();
        pool["spec"]!["shards"]!["min"]!.GetValue<long>().ShouldBe(2);
        foreach (var session in Of(samples, "WhatsAppSession"))
            Of(samples, "WhatsAppTenant")
                .Select(t => t["metadata"]!["name"]!.ToString())
                .ShouldContain(session["spec"]!["tenantRef"]!["name"]!.ToString());
    }

    internal static IReadOnlyList<JsonObject> Samples() =>
        [
            .. Directory
                .GetFiles(Path.Combine(Tool.Root, "hack/samples"), "*.yaml")
                .Order(StringComparer.Ordinal)
                .SelectMany(f => Yaml.All(File.ReadAllText(f))),
        ];

    private static List<JsonObject> Of(IReadOnlyList<JsonObject> objects, string kind) =>
        [
            .. objects.Where(o =>
                o["kind"]!.ToString() == kind
                && o["apiVersion"]!.ToString() == WhatsAppApi.ApiVersion
            ),
        ];
}
