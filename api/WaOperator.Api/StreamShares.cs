namespace WaOperator.Api;

/// <summary>How many streams of events a pod serves, in all and of one tenant.</summary>
/// <param name="most">In all.</param>
/// <param name="perTenant">Of one tenant.</param>
internal sealed class StreamShares(int most, int perTenant)
{
    private readonly TenantShares _streams = new(most, perTenant);

    /// <summary>Takes a place; give it back with <see cref="Leave"/>.</summary>
    /// <returns>Null, or why there is no place.</returns>
    public string? Enter(long tenant) =>
        _streams.TryEnter(tenant, 1) switch
        {
            Shortage.OfTenant =>
                $"the tenant has {perTenant} streams of events open on this pod, as many as one may have; close some",
            Shortage.OfAll => $"this pod serves {most} streams of events already; try again later",
            _ => null,
        };

    /// <summary>Gives the place back.</summary>
    public void Leave(long tenant) => _streams.Leave(tenant, 1);
}
