namespace WaOperator.SessionPod.Api.Contacts;

/// <summary>
/// How many phone numbers a tenant may look up: WhatsApp bans accounts that look up many. Up to an hour's worth at once, which then comes
/// back evenly. Kept in memory, by this pod alone.
/// </summary>
/// <param name="perHour">Numbers in an hour.</param>
/// <param name="time">The clock.</param>
internal sealed class NumberBudget(int perHour, TimeProvider time)
{
    private const int MaxRemembered = 4096;
    private readonly Lock _turn = new();
    private readonly Dictionary<long, (double Spent, long At)> _tenants = [];

    /// <summary>Takes some numbers, or none.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="amount">How many; not more than an hour's worth.</param>
    /// <returns>Null: they were taken. Otherwise when there will be so many.</returns>
    public TimeSpan? Take(long tenant, int amount)
    {
        var now = time.GetTimestamp();
        lock (_turn)
        {
            var spent = Spent(_tenants.GetValueOrDefault(tenant), now);
            var missing = spent + amount - perHour;
            // What a sum of fractions leaves over is no number.
            if (missing > 1e-6)
                return TimeSpan.FromHours(missing / perHour);
            if (_tenants.Count >= MaxRemembered && !_tenants.ContainsKey(tenant))
                Forget(now);
            _tenants[tenant] = (spent + amount, now);
            return null;
        }
    }

    private double Spent((double Spent, long At) tenant, long now) =>
        Math.Max(0, tenant.Spent - time.GetElapsedTime(tenant.At, now).TotalHours * perHour);

    /// <summary>A tenant that has its whole budget again is as good as a new one.</summary>
    private void Forget(long now)
    {
        foreach (var (tenant, spent) in _tenants.ToArray())
            if (Spent(spent, now) <= 0)
                _tenants.Remove(tenant);
    }
}
