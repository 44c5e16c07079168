using WaOperator.Chaos.Cluster;

namespace WaOperator.Chaos.Fleet;

/// <summary>Names the sessions that are not there, with what is known of each.</summary>
internal static class Absent
{
    private const int Most = 20;

    /// <summary>Those of the fleet without a connection.</summary>
    public static async Task<string> DescribeAsync(Scene scene) =>
        await DescribeAsync(scene, Enumerable.Range(1, scene.Sessions).Select(Names.Phone), null);

    /// <summary>Those of some phones without a connection, or without a login since then.</summary>
    public static async Task<string> DescribeAsync(
        Scene scene,
        IEnumerable<string> phones,
        DateTimeOffset? since
    ) => Of(phones, since, await scene.Simulator.SessionsAsync(), await Database.PlacesAsync());

    /// <summary>One sentence about each, the first twenty of them.</summary>
    public static string Of(
        IEnumerable<string> phones,
        DateTimeOffset? since,
        IReadOnlyDictionary<string, Seen> seen,
        IReadOnlyDictionary<string, Place> places
    )
    {
        var absent = phones
            .Where(p =>
                !seen.TryGetValue(p, out var s)
                || !s.Connected
                || (since is not null && !(s.LoggedInAt > since))
            )
            .ToList();
        var sentences = absent
            .Take(Most)
            .Select(p =>
                $"{p}: {Simulated(seen.GetValueOrDefault(p))}, {Stored(places.GetValueOrDefault(p))}"
            );
        return absent.Count == 0
            ? "every session has a connection now"
            : $"{absent.Count} not there: {string.Join("; ", sentences)}{(absent.Count > Most ? "; ..." : "")}";
    }

    private static string Simulated(Seen? seen) =>
        seen is null ? "its phone has linked no device"
        : seen.Connected ? $"connected since {seen.LoggedInAt:HH:mm:ss}"
        : $"away, last login {seen.LoggedInAt:HH:mm:ss}";

    private static string Stored(Place? place) =>
        place is null
            ? "no row"
            : $"placed {Shard(place.Placed)}, owned {Shard(place.Owned)} in epoch {place.Epoch}, {(place.Phase.Length == 0 ? "nothing reported" : place.Phase)}";

    private static string Shard(int? ordinal) => ordinal is { } o ? $"on {o}" : "nowhere";
}
