namespace WaOperator.Api;

/// <summary>Why there is no room.</summary>
internal enum Shortage
{
    /// <summary>There is room.</summary>
    None,

    /// <summary>The tenant holds its share.</summary>
    OfTenant,

    /// <summary>All together hold everything.</summary>
    OfAll,
}

/// <summary>What a pod holds for its tenants at once, in all and of one tenant.</summary>
/// <param name="most">In all.</param>
/// <param name="perTenant">Of one tenant.</param>
internal sealed class TenantShares(long most, long perTenant)
{
    private readonly Lock _turn = new();
    private readonly Dictionary<long, long> _held = [];
    private long _all;

    /// <summary>Takes some, or says why it cannot; give it back with <see cref="Leave"/>.</summary>
    public Shortage TryEnter(long tenant, long amount)
    {
        lock (_turn)
        {
            var own = _held.GetValueOrDefault(tenant);
            if (own > perTenant - amount)
                return Shortage.OfTenant;
            if (_all > most - amount)
                return Shortage.OfAll;
            _all += amount;
            _held[tenant] = own + amount;
            return Shortage.None;
        }
    }

    /// <summary>Gives it back.</summary>
    public void Leave(long tenant, long amount)
    {
        lock (_turn)
        {
            _all -= amount;
            if ((_held[tenant] -= amount) == 0)
                _held.Remove(tenant);
        }
    }
}
