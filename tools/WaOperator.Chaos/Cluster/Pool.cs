using System.Text.Json.Nodes;

namespace WaOperator.Chaos.Cluster;

/// <summary>A session pod.</summary>
internal sealed record ShardPod(
    int Ordinal,
    string Uid,
    int Node,
    bool Ready,
    bool Going,
    int Restarts,
    string Image,
    string? Address
);

/// <summary>The pool of the fleet, its pods and its status.</summary>
internal sealed class Pool(ClusterApi api)
{
    public const string Drain = "whatsapp.wa-operator.io/drain";

    public Task<JsonNode> GetAsync() => api.GetAsync(Names.PoolPath);

    /// <summary>Changes its spec by a merge patch.</summary>
    public Task SpecAsync(JsonObject spec) =>
        api.PatchAsync(Names.PoolPath, new JsonObject { ["spec"] = spec }.ToJsonString());

    /// <summary>Asks for a drain of shards, or takes the request back.</summary>
    public Task DrainAsync(string? ordinals) =>
        api.PatchAsync(
            Names.PoolPath,
            new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["annotations"] = new JsonObject { [Drain] = ordinals },
                },
            }.ToJsonString()
        );

    public Task ScaleAsync(int shards) =>
        SpecAsync(
            new()
            {
                ["shards"] = new JsonObject { ["min"] = shards, ["max"] = shards },
            }
        );

    /// <summary>Its pods by ordinal.</summary>
    public async Task<IReadOnlyList<ShardPod>> PodsAsync() =>
        [
            .. (
                await api.GetAsync(
                    $"{Names.PodsPath}?labelSelector=whatsapp.wa-operator.io/pool={Names.Pool}"
                )
            )["items"]!
                .AsArray()
                .Select(p => PodOf(p!))
                .OrderBy(p => p.Ordinal),
        ];

    /// <summary>Ends a pod without any grace.</summary>
    public Task KillPodAsync(int ordinal) =>
        api.DeleteAsync($"{Names.PodsPath}/{Names.Pod(ordinal)}?gracePeriodSeconds=0");

    /// <summary>The addresses of its pods, by ordinal.</summary>
    public async Task<IReadOnlyDictionary<int, string>> AddressesAsync() =>
        (await PodsAsync())
            .Where(p => p.Address is not null)
            .ToDictionary(p => p.Ordinal, p => p.Address!);

    public Task DeletePodAsync(int ordinal) =>
        api.DeleteAsync($"{Names.PodsPath}/{Names.Pod(ordinal)}");

    /// <summary>status, reason or message of one of its conditions; null when it is not there.</summary>
    public static string? Condition(JsonNode resource, string type, string field = "status") =>
        resource["status"]
            ?["conditions"]?.AsArray()
            .FirstOrDefault(c => (string?)c!["type"] == type)
            ?[field]?.GetValue<string>();

    private static ShardPod PodOf(JsonNode pod)
    {
        var name = (string)pod["metadata"]!["name"]!;
        var container = pod["status"]?["containerStatuses"]?[0];
        return new(
            int.Parse(
                name[(name.LastIndexOf('-') + 1)..],
                System.Globalization.CultureInfo.InvariantCulture
            ),
            (string)pod["metadata"]!["uid"]!,
            NodeNumber((string?)pod["spec"]!["nodeName"]),
            Condition(pod, "Ready") == "True",
            pod["metadata"]!["deletionTimestamp"] is not null,
            (int?)container?["restartCount"] ?? 0,
            (string)pod["spec"]!["containers"]![0]!["image"]!,
            (string?)pod["status"]?["podIP"]
        );
    }

    /// <summary>The number in a node's name; 0 for a pod that has none yet.</summary>
    internal static int NodeNumber(string? name) =>
        name is null
            ? 0
            : int.Parse(name["node".Length..], System.Globalization.CultureInfo.InvariantCulture);
}
