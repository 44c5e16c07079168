namespace WaOperator.SessionPod.Api;

/// <summary>How many streams of events a pod serves, in all and of one tenant.</summary>
/// <param name="most">In all.</param>
/// <param name="perTenant">Of one tenant.</param>
internal sealed class StreamShares(int most, int perTenant)
{
    private readonly Lock turn = new();
    private readonly Dictionary<long, int> held = [];
    private int all;

    /// <summary>Takes a place; give it back with <see cref="Leave"/>.</summary>
    /// <returns>Null, or why there is none.</returns>
    public string? Enter(long tenant)
    {
        lock (turn)
        {
            var own = held.GetValueOrDefault(tenant);
            if (own >= perTenant)
                return $"the tenant has {own} streams of events open on this pod, as many as one may have; close some";
            if (all >= most)
                return $"this pod serves {most} streams of events already; try again later";
            all++;
            held[tenant] = own + 1;
            return null;
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Leave(long tenant)
    {
        lock (turn)
        {
            all--;
            if (--held[tenant] == 0)
                held.Remove(tenant);
        }
    }
}
