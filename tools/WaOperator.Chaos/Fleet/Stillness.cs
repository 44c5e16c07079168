using System.Diagnostics;
using WaOperator.Chaos.Cluster;

namespace WaOperator.Chaos.Fleet;

/// <summary>Shows when nothing has moved for a while: rebalancing continues in steps after the shards are nearly even.</summary>
internal sealed class Stillness
{
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(3);
    private IReadOnlyDictionary<string, Place> _last = new Dictionary<string, Place>();
    private long _since;

    /// <summary>Whether placement and owners have been the same for long enough, this look included.</summary>
    public bool Holds(IReadOnlyDictionary<string, Place> places)
    {
        var same =
            places.Count == _last.Count
            && places.All(p => _last.TryGetValue(p.Key, out var before) && before == p.Value);
        if (!same)
            (_last, _since) = (places, Stopwatch.GetTimestamp());
        return same && Stopwatch.GetElapsedTime(_since) >= Enough;
    }
}
