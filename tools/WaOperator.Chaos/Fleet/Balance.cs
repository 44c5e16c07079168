using System.Globalization;
using WaOperator.Chaos.Cluster;
using WaOperator.Testing;

namespace WaOperator.Chaos.Fleet;

/// <summary>
/// Evens the shards out between repetitions, as a person would who has no time: drains the fullest until enough has moved. The
/// operator's own rebalancing waits for a minute first, which is right for a product and too long for a table.
/// </summary>
internal static class Balance
{
    private const double Fullest = 1.2;
    private const double Enough = 1.05;
    private const double Emptiest = 0.8;

    /// <summary>Whether a shard has too many sessions or too few.</summary>
    public static bool IsUneven(IReadOnlyDictionary<string, Place> places)
    {
        var (loads, average) = Loads(places);
        return loads.Max() > Math.Ceiling(average * Fullest)
            || loads.Min() < Math.Floor(average * Emptiest);
    }

    /// <summary>Takes what is too much from the fullest shard.</summary>
    public static async Task EvenAsync(Scene scene)
    {
        var (loads, average) = Loads(await Database.PlacesAsync());
        var fullest = Array.IndexOf(loads, loads.Max());
        await scene.Pool.DrainAsync(fullest.ToString(CultureInfo.InvariantCulture));
        try
        {
            await Eventually.True(
                $"shard {fullest} has given enough away",
                async () => Loads(await Database.PlacesAsync()).Loads[fullest] <= average * Enough,
                TimeSpan.FromSeconds(30)
            );
        }
        finally
        {
            await scene.Pool.DrainAsync(null);
        }
    }

    private static (int[] Loads, double Average) Loads(IReadOnlyDictionary<string, Place> places) =>
        (
            [
                .. Enumerable
                    .Range(0, Names.Shards)
                    .Select(shard => places.Values.Count(p => p.Placed == shard)),
            ],
            (double)places.Count / Names.Shards
        );
}
