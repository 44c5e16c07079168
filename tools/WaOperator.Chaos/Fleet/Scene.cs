using System.Text;
using WaOperator.Chaos.Cluster;
using WaOperator.Testing;

namespace WaOperator.Chaos.Fleet;

/// <summary>The cluster with its fleet, and what a row does to it.</summary>
internal sealed class Scene(ClusterApi api, int sessions, Random random)
{
    public ClusterApi Api { get; } = api;
    public Simulator Simulator { get; } = new(api);
    public Pool Pool { get; } = new(api);
    public Release Release { get; } = new(api);
    public Webhooks Webhooks { get; } = new(api);

    /// <summary>Nothing has been done to it since it was last found calm.</summary>
    public bool IsCalm { get; set; }

    /// <summary>How many sessions the fleet has.</summary>
    public int Sessions { get; } = sessions;

    /// <summary>Everything that is chosen at random.</summary>
    public Random Random { get; } = random;

    public static void Say(string what) => Console.Error.WriteLine("    " + what);

    /// <summary>The key by which the fleet's tenant is known to the pods.</summary>
    public async Task<string> ApiKeyAsync() =>
        Encoding.UTF8.GetString(
            Convert.FromBase64String(
                (string)
                    (await Api.GetAsync($"/api/v1/namespaces/{Names.Fleet}/secrets/chaos-api-key"))[
                        "data"
                    ]!["key"]!
            )
        );

    /// <summary>The phones whose sessions are placed on shards of a node.</summary>
    public async Task<IReadOnlySet<string>> PhonesOnNodeAsync(int node) =>
        await PhonesOnAsync(
            (await Pool.PodsAsync()).Where(p => p.Node == node).Select(p => p.Ordinal).ToHashSet()
        );

    /// <summary>The phones whose sessions are placed on these shards.</summary>
    public static async Task<IReadOnlySet<string>> PhonesOnAsync(IReadOnlySet<int> shards) =>
        (await Database.PlacesAsync())
            .Where(p => p.Value.Placed is { } shard && shards.Contains(shard))
            .Select(p => p.Key)
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>The shard with the most sessions.</summary>
    public static async Task<int> FullestShardAsync() =>
        (await Database.PlacesAsync())
            .Values.CountBy(p => p.Placed ?? 0)
            .MaxBy(shard => (shard.Value, -shard.Key))
            .Key;

    /// <summary>The node with the most sessions.</summary>
    public async Task<int> FullestNodeAsync()
    {
        var nodes = (await Pool.PodsAsync()).ToDictionary(p => p.Ordinal, p => p.Node);
        return (await Database.PlacesAsync())
            .Values.CountBy(p => nodes.GetValueOrDefault(p.Placed ?? 0))
            .MaxBy(node => (node.Value, node.Key))
            .Key;
    }

    /// <summary>Waits until each of these has logged in again.</summary>
    /// <param name="phones">Who.</param>
    /// <param name="since">The injection's stamp.</param>
    /// <param name="limit">How long at most.</param>
    public Task BackAsync(IReadOnlySet<string> phones, DateTimeOffset since, TimeSpan limit) =>
        ThereAsync(
            $"each of {phones.Count} sessions has logged in again",
            () => Absent.DescribeAsync(this, phones, since),
            async () =>
            {
                await PaceAsync();
                var seen = await Simulator.SessionsAsync();
                return phones.All(p =>
                    seen.TryGetValue(p, out var s) && s.Connected && s.LoggedInAt > since
                );
            },
            limit
        );

    /// <summary>Waits until every session has a connection.</summary>
    public Task ConnectedAsync(TimeSpan? limit = null) =>
        ThereAsync(
            "every session has a connection",
            () => Absent.DescribeAsync(this),
            async () =>
            {
                await PaceAsync();
                return (await Simulator.StatsAsync()).Connected >= Sessions;
            },
            limit ?? TimeSpan.FromSeconds(120)
        );

    /// <summary>Waits, and in vain names the sessions that are not there.</summary>
    /// <exception cref="TimeoutException">With their names.</exception>
    public static async Task ThereAsync(
        string what,
        Func<Task<string>> absent,
        Func<Task<bool>> probe,
        TimeSpan limit
    )
    {
        try
        {
            await Eventually.True(what, probe, limit);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}: {await absent()}", e);
        }
    }

    /// <summary>Questions to the API server and the simulator cost time on a small machine, which the others need.</summary>
    public static Task PaceAsync() => Task.Delay(TimeSpan.FromMilliseconds(250));
}
