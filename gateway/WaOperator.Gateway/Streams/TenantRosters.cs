using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Streams;

/// <summary>The sessions of a tenant.</summary>
/// <param name="Began">When they began to be read, by the gateway's clock.</param>
/// <param name="Sessions">All of them.</param>
internal sealed record TenantRoster(long Began, IReadOnlyList<TenantSession> Sessions);

/// <summary>
/// Looks again and again which sessions tenants have that follow them: once for all streams of a tenant, and not for those that have none.
/// What was read stays for a moment behind the last one that followed: readers of small pages come again at once.
/// </summary>
internal sealed class TenantRosters(GatewayStore store, TimeProvider time)
{
    private const int Page = 1_000;
    private readonly Lock _turn = new();
    private readonly Dictionary<long, Slot> _slots = [];
    private readonly Queue<(long Tenant, long At)> _left = new();

    /// <summary>How old a roster may be that a stream goes by.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(3);

    /// <summary>The time before which a roster is too old by now.</summary>
    public long Oldest =>
        time.GetTimestamp() - (long)(Every.TotalSeconds * time.TimestampFrequency) + 1;

    /// <summary>The sessions of some tenants, for as long as they are followed.</summary>
    public RosterLease Follow(IReadOnlyList<long> tenants)
    {
        lock (_turn)
        {
            Forget();
            foreach (var tenant in tenants)
            {
                if (!_slots.TryGetValue(tenant, out var slot))
                    _slots[tenant] = slot = new();
                slot.Followers++;
            }
        }
        return new(this, tenants);
    }

    internal void Leave(IReadOnlyList<long> tenants)
    {
        lock (_turn)
            foreach (var tenant in tenants)
                if (--_slots[tenant].Followers == 0)
                    _left.Enqueue((tenant, time.GetTimestamp()));
    }

    private void Forget()
    {
        while (_left.TryPeek(out var left) && left.At < Oldest)
        {
            _left.Dequeue();
            if (_slots.TryGetValue(left.Tenant, out var slot) && slot.Followers == 0)
                _slots.Remove(left.Tenant);
        }
    }

    /// <summary>A tenant's sessions, not read before a time.</summary>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    internal async Task<TenantRoster> ReadAsync(long tenant, long notBefore, CancellationToken ct)
    {
        Slot slot;
        lock (_turn)
            slot = _slots[tenant];
        await slot.Turn.WaitAsync(ct);
        try
        {
            // One that was read while this waited will do for all that waited.
            if (slot.Roster is { } roster && roster.Began >= notBefore)
                return roster;
            return slot.Roster = await ReadAsync(tenant, ct);
        }
        finally
        {
            slot.Turn.Release();
        }
    }

    private async Task<TenantRoster> ReadAsync(long tenant, CancellationToken ct)
    {
        var began = time.GetTimestamp();
        var sessions = new List<TenantSession>();
        IReadOnlyList<TenantSession> page;
        do
        {
            var after = sessions.Count > 0 ? sessions[^1].Id : 0;
            page = await store.Sessions.ReadAsync([tenant], after, Page, ct: ct);
            sessions.AddRange(page);
        } while (page.Count == Page);
        return new(began, sessions);
    }

    private sealed class Slot
    {
        public int Followers { get; set; }

        public SemaphoreSlim Turn { get; } = new(1, 1);

        public TenantRoster? Roster { get; set; }
    }
}

/// <summary>The sessions of some tenants that are followed.</summary>
internal sealed class RosterLease(TenantRosters rosters, IReadOnlyList<long> tenants) : IDisposable
{
    /// <summary>Their sessions, not read before a time by the gateway's clock.</summary>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public async Task<TenantRoster> ReadAsync(long notBefore, CancellationToken ct)
    {
        if (tenants is [var only])
            return await rosters.ReadAsync(only, notBefore, ct);
        var all = new List<TenantRoster>();
        foreach (var tenant in tenants)
            all.Add(await rosters.ReadAsync(tenant, notBefore, ct));
        return new(all.Min(r => r.Began), [.. all.SelectMany(r => r.Sessions)]);
    }

    /// <summary>Their sessions as they were at most <see cref="TenantRosters.Every"/> ago.</summary>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public Task<TenantRoster> ReadRecentAsync(CancellationToken ct) =>
        ReadAsync(rosters.Oldest, ct);

    /// <inheritdoc/>
    public void Dispose() => rosters.Leave(tenants);
}
