using WaOperator.Operator.Placement;

namespace WaOperator.Benchmarks.Placement;

/// <summary>Rendezvous hashing without anything else: the highest draw wins, whatever its shard holds already. Keeps no state.</summary>
internal sealed class PlainRendezvous() : Method("rendezvous hashing")
{
    public override void Update(IReadOnlyList<long> sessions, IReadOnlyList<int> shards)
    {
        var hashes = shards.Select(s => StableHash.Mix((ulong)s + 1)).ToArray();
        var places = new Dictionary<long, int>(sessions.Count);
        foreach (var session in sessions)
        {
            var key = StableHash.Mix((ulong)session);
            var (best, most) = (0, 0ul);
            for (var i = 0; i < hashes.Length; i++)
                if (Rendezvous.Draw(key, hashes[i]) is var draw && draw >= most)
                    (best, most) = (i, draw);
            places.Add(session, shards[best]);
        }
        Places = places;
    }
}
