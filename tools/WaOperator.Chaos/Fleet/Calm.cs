using WaOperator.Chaos.Cluster;
using WaOperator.Testing;

namespace WaOperator.Chaos.Fleet;

/// <summary>The state in which every repetition begins: all is up, everybody is where it is placed, and nothing moves.</summary>
internal static class Calm
{
    private const string Unbalanced = "the shards are uneven";

    /// <summary>A drain gives away more than was wanted when it is faster than our looks: after some the operator's own balance is quicker.</summary>
    private const int MostDrains = 3;

    /// <summary>Waits for it.</summary>
    public static async Task WaitAsync(Scene scene, TimeSpan? limit = null)
    {
        var why = "";
        var still = new Stillness();
        var drains = 0;
        try
        {
            await Eventually.True(
                "calm",
                async () =>
                {
                    await Scene.PaceAsync();
                    why = await WhyNotAsync(scene) ?? "";
                    if (why == Unbalanced && drains++ < MostDrains)
                        await Balance.EvenAsync(scene);
                    if (why.Length > 0)
                        return false;
                    why = "sessions are being moved";
                    return still.Holds(await Database.PlacesAsync());
                },
                limit ?? TimeSpan.FromSeconds(180)
            );
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException(
                $"no calm: {why} {e.InnerException?.Message}; {await Absent.DescribeAsync(scene)}",
                e
            );
        }
    }

    /// <summary>What is not as it should be; null when all is.</summary>
    public static async Task<string?> WhyNotAsync(Scene scene)
    {
        if (!await scene.Release.NodesReadyAsync())
            return "a node is not Ready";
        foreach (
            var (component, replicas) in new[]
            {
                ("operator", 2),
                ("postgresql", 1),
                ("redis", 1),
                ("simulator", 1),
            }
        )
            if (await scene.Release.ReadyAsync(component) < replicas)
                return $"{component} is not ready";
        var pods = await scene.Pool.PodsAsync();
        if (pods.Count != Names.Shards || pods.Any(p => !p.Ready || p.Going))
            return "a session pod is not ready";
        var pool = await scene.Pool.GetAsync();
        if (
            Pool.Condition(pool, "Ready") != "True"
            || (long?)pool["status"]!["observedGeneration"]
                != (long)pool["metadata"]!["generation"]!
        )
            return "the pool says " + Pool.Condition(pool, "Ready", "message");
        var stats = await scene.Simulator.StatsAsync();
        if (stats.Connected != scene.Sessions)
            return $"{stats.Connected} of {scene.Sessions} sessions have a connection";
        var places = await Database.PlacesAsync();
        var astray = places.Values.Count(p =>
            p.Placed is null || p.Placed != p.Owned || p.Phase != "Connected"
        );
        return astray > 0 || places.Count != scene.Sessions ? $"{astray} sessions are on their way"
            : Balance.IsUneven(places) ? Unbalanced
            : null;
    }

    /// <summary>How many sessions each shard has.</summary>
    public static string Loads(IReadOnlyDictionary<string, Place> places) =>
        string.Join(
            " ",
            Enumerable
                .Range(0, places.Values.Max(p => p.Placed ?? 0) + 1)
                .Select(shard => places.Values.Count(p => p.Placed == shard))
        );
}
