using System.Text.Json.Nodes;

namespace WaOperator.Chart.Tests;

/// <summary>The chart rendered with one set of values for one version of Kubernetes.</summary>
public sealed class Rendered
{
    public const string Chart = "charts/wa-operator";

    /// <summary>The sets of values that every test of the output runs over.</summary>
    private static readonly Dictionary<string, string[]> Values = new(StringComparer.Ordinal)
    {
        ["default"] = [],
        ["cluster"] = ["--set", "watchAllNamespaces=true"],
        ["demo"] = ["--values", $"{Chart}/values-demo.yaml"],
        ["namespaced"] =
        [
            "--set",
            "watchNamespaces={team-a,team-b}",
            "--set",
            "rbac.readNodes=false",
            "--set",
            "rbac.aggregateToUserRoles=false",
        ],
        ["everything"] =
        [
            "--values",
            $"{Chart}/values-demo.yaml",
            "--values",
            "tests/WaOperator.Chart.Tests/everything.yaml",
        ],
    };

    private static readonly string[] Versions = ["1.20", "1.36"];

    private Rendered(string text) => Text = text;

    public string Text { get; }

    public IReadOnlyList<JsonObject> Objects => [.. Yaml.All(Text)];

    public static TheoryData<string, string> All
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (var values in Values.Keys)
            foreach (var version in Versions)
                all.Add(values, version);
            return all;
        }
    }

    public static async Task<Rendered> OfAsync(
        string values,
        string version = "1.36",
        params string[] more
    ) =>
        new(
            (
                await Tool.HelmAsync([
                    "template",
                    "wa-operator",
                    Chart,
                    "--namespace",
                    "wa-operator",
                    "--kube-version",
                    version,
                    .. Values[values],
                    .. more,
                ])
            ).Succeeded()
        );

    public IEnumerable<JsonObject> Of(params string[] kinds) =>
        Objects.Where(o => kinds.Contains(o["kind"]!.ToString(), StringComparer.Ordinal));

    public JsonObject One(string kind, string name) => Of(kind).Single(o => Name(o) == name);

    public static string Name(JsonObject o) => o["metadata"]!["name"]!.ToString();

    /// <summary>What is made after the release was removed, but for the Job itself.</summary>
    public IEnumerable<JsonObject> Hooks =>
        Objects.Where(o =>
            o["metadata"]!["annotations"]?["helm.sh/hook"] is not null
            && o["kind"]!.ToString() != "Job"
        );

    /// <summary>Templates of all pods, by name of their workload.</summary>
    public IEnumerable<(string Name, JsonObject Spec)> Pods =>
        Of("Deployment", "StatefulSet", "Job")
            .Select(o => (Name(o), o["spec"]!["template"]!["spec"]!.AsObject()));
}
