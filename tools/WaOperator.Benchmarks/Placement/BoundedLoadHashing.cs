using WaOperator.Operator.Placement;

namespace WaOperator.Benchmarks.Placement;

/// <summary>
/// Consistent hashing with bounded loads (Mirrokni, Thorup, Zadimoghaddam 2016): a ring with points of each shard; a session takes the
/// next shard clockwise that is below 1.10 of the average. Keeps no state: every replica could compute it, and computes it
/// again from the sessions that there are, in the order of their hashes.
/// </summary>
internal sealed class BoundedLoadHashing() : Method("bounded-load hashing")
{
    private const int PointsPerShard = 100;

    public override void Update(IReadOnlyList<long> sessions, IReadOnlyList<int> shards)
    {
        var (points, owners) = Ring(shards);
        var bound = ((sessions.Count * 110) + (shards.Count * 100) - 1) / (shards.Count * 100);
        var load = new int[shards.Count];
        var order = sessions.Select(s => (Key: StableHash.Mix((ulong)s), Session: s)).ToArray();
        Array.Sort(order);
        var places = new Dictionary<long, int>(sessions.Count);
        foreach (var (key, session) in order)
        {
            var at = Array.BinarySearch(points, StableHash.Mix(key));
            if (at < 0)
                at = ~at;
            while (load[owners[at % points.Length]] >= bound)
                at++;
            var owner = owners[at % points.Length];
            load[owner]++;
            places.Add(session, shards[owner]);
        }
        Places = places;
    }

    private static (ulong[] Points, int[] Owners) Ring(IReadOnlyList<int> shards)
    {
        var points = new ulong[shards.Count * PointsPerShard];
        var owners = new int[points.Length];
        for (var i = 0; i < points.Length; i++)
        {
            var shard = i / PointsPerShard;
            points[i] = StableHash.Combine((ulong)shards[shard] + 1, (ulong)(i % PointsPerShard));
            owners[i] = shard;
        }
        Array.Sort(points, owners);
        return (points, owners);
    }
}
