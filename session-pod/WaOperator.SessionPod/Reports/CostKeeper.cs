using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Reports;

/// <summary>One session as counted now.</summary>
/// <param name="Id">Its key.</param>
/// <param name="Epoch">Epoch of this owner.</param>
/// <param name="Bytes">What it holds.</param>
/// <param name="Idle">How long ago it was last active.</param>
internal readonly record struct Count(long Id, long Epoch, long Bytes, TimeSpan Idle);

/// <summary>The costs of the sessions of a tenure. Not for several threads.</summary>
internal sealed class CostKeeper
{
    private Dictionary<long, SmoothCost> _costs = [];

    /// <summary>What all sessions cost together, as of the last count.</summary>
    public long Total { get; private set; }

    /// <summary>Counts all sessions; who is not among them is forgotten.</summary>
    /// <param name="sessions">The sessions.</param>
    /// <param name="minute">See <see cref="SmoothCost.Count"/>.</param>
    /// <returns>Those whose cost changed: none for sessions at rest.</returns>
    public List<CountedCost> Take(IEnumerable<Count> sessions, int minute)
    {
        var changed = new List<CountedCost>();
        var next = new Dictionary<long, SmoothCost>(_costs.Count);
        long total = 0;
        foreach (var session in sessions)
        {
            var before = _costs.GetValueOrDefault(session.Id);
            var now = before.Count(session.Bytes, minute);
            next[session.Id] = now;
            total += now.Bytes;
            if (now.Bytes != before.Bytes)
                changed.Add(new(session.Id, session.Epoch, now.Bytes, session.Idle));
        }
        (_costs, Total) = (next, total);
        return changed;
    }

    /// <summary>
    /// The costs that are stored now: higher than ours where the last owner counted more. Its peak counts for another hour.
    /// </summary>
    public void Stored(IEnumerable<(long Id, long Bytes)> stored, int minute)
    {
        foreach (var (id, bytes) in stored)
            if (_costs.TryGetValue(id, out var cost) && bytes > cost.Bytes)
            {
                Total += bytes - cost.Bytes;
                _costs[id] = cost.Count(bytes, minute) with { Bytes = bytes };
            }
    }

    /// <summary>These could not be stored: they count as changed the next time.</summary>
    public void NotStored(IEnumerable<CountedCost> lost)
    {
        foreach (var cost in lost)
            if (_costs.TryGetValue(cost.SessionId, out var known))
                _costs[cost.SessionId] = known with { Bytes = 0 };
    }
}
