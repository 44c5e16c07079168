using System.Collections.Concurrent;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Limits;

/// <summary>
/// What waits to be sent of each tenant, of those of its sessions here that were sent through in this tenure. Kept in memory: a count in
/// the database would cost each commit a row more.
/// </summary>
internal sealed class TenantBacklogs
{
    private readonly ConcurrentDictionary<long, BacklogTally> _tallies = new();

    /// <summary>The tally of a tenant's sessions.</summary>
    public BacklogTally Of(long tenant) => _tallies.GetOrAdd(tenant, _ => new());
}

/// <summary>A sum that the sessions of a tenant add to.</summary>
internal sealed class BacklogTally
{
    private readonly Lock _gate = new();
    private Backlog _sum;

    /// <summary>What waits.</summary>
    public Backlog Waiting
    {
        get
        {
            lock (_gate)
                return _sum;
        }
    }

    /// <summary>Adds to it; a negative backlog takes away.</summary>
    public void Add(Backlog more)
    {
        lock (_gate)
            _sum = _sum.Plus(more);
    }
}
