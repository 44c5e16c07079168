using WaOperator.Chaos.Cluster;
using WaOperator.Chaos.Fleet;
using WaOperator.Testing;

namespace WaOperator.Chaos.Measure;

/// <summary>
/// What a run that failed or missed its aim leaves behind, since its cluster goes: the pods' logs, the resources (no Secret among them),
/// the tables' view of the sessions, and the simulator's. In artifacts/chaos, a folder for each.
/// </summary>
internal static class Evidence
{
    private const string Kinds =
        "nodes,pods,statefulsets,deployments,events,leases,endpointslices,whatsapptenants,whatsappsessions,whatsappsessionpools,whatsappwebhooks";

    /// <summary>Keeps it; what cannot be had is told in its place, since a cluster that fails may not answer either.</summary>
    public static async Task KeepAsync(Scene scene, string label)
    {
        var folder = Path.Combine(
            Shell.Root,
            "artifacts",
            "chaos",
            $"{TimeProvider.System.GetUtcNow():yyyyMMdd-HHmmss}-{label.Split(':')[0]}"
        );
        Directory.CreateDirectory(folder);
        await WriteAsync("absent.txt", () => Absent.DescribeAsync(scene));
        await WriteAsync("sessions.json", scene.Simulator.RawSessionsAsync);
        await WriteAsync("places.txt", PlacesAsync);
        await WriteAsync("resources.yaml", () => KubectlAsync("get", Kinds, "-A", "-o", "yaml"));
        var pods = await TryAsync(() =>
            KubectlAsync("-n", Names.Release, "get", "pods", "-o", "name")
        );
        foreach (var pod in Lines(pods).Select(name => name[(name.LastIndexOf('/') + 1)..]))
        {
            await WriteAsync($"{pod}.log", () => LogAsync(pod));
            await WriteAsync($"{pod}.previous.log", () => LogAsync(pod, "--previous"));
        }
        Scene.Say($"logs, resources and sessions of this run are kept in {folder}");

        async Task WriteAsync(string name, Func<Task<string>> read) =>
            await File.WriteAllTextAsync(Path.Combine(folder, name), await TryAsync(read));
    }

    private static async Task<string> TryAsync(Func<Task<string>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception e)
            when (e is HttpRequestException or TaskCanceledException or InvalidOperationException)
        {
            return "could not be had: " + e.Message;
        }
    }

    private static Task<string> LogAsync(string pod, params string[] more) =>
        KubectlAsync([
            "-n",
            Names.Release,
            "logs",
            pod,
            "--all-containers",
            "--timestamps",
            .. more,
        ]);

    private static IEnumerable<string> Lines(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line.StartsWith("pod/", StringComparison.Ordinal));

    private static async Task<string> PlacesAsync() =>
        string.Join(
            '\n',
            (await Database.PlacesAsync())
                .OrderBy(p => p.Key, StringComparer.Ordinal)
                .Select(p => $"{p.Key} {p.Value}")
        );

    private static async Task<string> KubectlAsync(params string[] arguments) =>
        (await Shell.RunAsync("kubectl", ["--request-timeout=20s", .. arguments]))
            .Succeeded("kubectl " + string.Join(' ', arguments))
            .Out;
}
