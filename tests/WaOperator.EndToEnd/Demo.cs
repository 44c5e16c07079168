using System.Text.Json.Nodes;
using WaOperator.Testing;

namespace WaOperator.EndToEnd;

/// <summary>The demo's cluster, brought up once for all tests by the command that users run.</summary>
public sealed class Demo : IAsyncLifetime
{
    internal const string Release = "wa-operator";
    internal const string Samples = "wa-demo";
    private string _kubectl = "kubectl";
    private Dictionary<string, string> _environment = [];

    /// <summary>Everything that hack/demo printed.</summary>
    internal Output Printed { get; private set; } = new(-1, "", "");

    /// <summary>A cluster that is not ours: no node faults, no audit log.</summary>
    internal bool Existing { get; private set; }

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        Printed = await Shell.RunAsync("hack/demo", [], onError: Console.Error.WriteLine);
        var config = (await HackAsync("cluster", "kubeconfig"))
            .Succeeded("hack/cluster kubeconfig")
            .Out.Trim();
        _environment = new() { ["KUBECONFIG"] = config };
        Existing = (await HackAsync("cluster", "backend")).Out.Trim() == "existing";
        _kubectl = Path.Combine(
            (await HackAsync("cluster", "binaries")).Succeeded("hack/cluster binaries").Out.Trim(),
            "kubectl"
        );
    }

    /// <summary>The cluster stays up: hack/demo --down removes it, and a second run is quick.</summary>
    public Task DisposeAsync() => Task.CompletedTask;

    internal static Task<Output> HackAsync(string script, params string[] arguments) =>
        Shell.RunAsync(Path.Combine("hack", script), arguments);

    internal Task<Output> TryKubectlAsync(string[] arguments, string? input = null) =>
        Shell.RunAsync(_kubectl, arguments, input, _environment);

    internal async Task<string> KubectlAsync(params string[] arguments) =>
        (await TryKubectlAsync(arguments)).Succeeded("kubectl " + string.Join(' ', arguments)).Out;

    internal Task<Output> TryApplyAsync(string yaml) => TryKubectlAsync(["apply", "-f", "-"], yaml);

    internal async Task ApplyAsync(string yaml) =>
        (await TryApplyAsync(yaml)).Succeeded("kubectl apply of\n" + yaml);

    internal async Task<JsonNode> GetAsync(string kind, string name, string ns = Samples) =>
        JsonNode.Parse(await KubectlAsync("-n", ns, "get", kind, name, "-o", "json"))!;

    internal async Task<IReadOnlyList<JsonNode>> ListAsync(
        string kind,
        string ns = Samples,
        string selector = ""
    ) =>
        [
            .. JsonNode.Parse(
                await KubectlAsync("-n", ns, "get", kind, "-l", selector, "-o", "json")
            )!["items"]!
                .AsArray()
                .Select(n => n!),
        ];

    /// <summary>status, reason or message of a condition; null when it is not there.</summary>
    internal static string? Condition(JsonNode resource, string type, string field = "status") =>
        resource["status"]
            ?["conditions"]?.AsArray()
            .FirstOrDefault(c => (string?)c!["type"] == type)
            ?[field]?.GetValue<string>();

    internal Task<JsonNode> WaitConditionAsync(
        string kind,
        string name,
        string type,
        string status,
        string? reason = null,
        TimeSpan? timeout = null
    ) =>
        Eventually.Get(
            $"{kind}/{name} has condition {type}={status} {reason}",
            async () =>
            {
                var resource = await GetAsync(kind, name);
                return
                    Condition(resource, type) == status
                    && (reason is null || Condition(resource, type, "reason") == reason)
                    ? resource
                    : null;
            },
            timeout ?? TimeSpan.FromSeconds(90)
        );

    internal async Task WaitAllConnectedAsync(TimeSpan? timeout = null) =>
        await Eventually.True(
            "every sample session is Connected",
            async () =>
                (await ListAsync("whatsappsessions")).All(s => Condition(s, "Connected") == "True"),
            timeout ?? TimeSpan.FromSeconds(120)
        );

    internal async Task<IReadOnlyList<string>> EventsOfAsync(string name, string ns = Samples) =>
        [
            .. JsonNode.Parse(
                await KubectlAsync(
                    "-n",
                    ns,
                    "get",
                    "events",
                    "--field-selector",
                    "involvedObject.name=" + name,
                    "-o",
                    "json"
                )
            )!["items"]!
                .AsArray()
                .Select(e => $"{e!["reason"]}: {e["message"]}"),
        ];

    /// <summary>psql in the demo's database, as its owner.</summary>
    internal async Task<string> SqlAsync(string sql) =>
        (
            await KubectlAsync(
                "-n",
                Release,
                "exec",
                "wa-postgresql-0",
                "--",
                "psql",
                "-U",
                "wa",
                "-d",
                "wa",
                "-Atc",
                sql
            )
        ).Trim();
}

/// <summary>All end-to-end tests share the one cluster and run one after the other.</summary>
[CollectionDefinition(nameof(Demo))]
public sealed class DemoCollection : ICollectionFixture<Demo>;
