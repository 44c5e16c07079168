using Npgsql;

namespace WaOperator.Store.Gateway;

/// <summary>A session of a tenant, as it was reported last.</summary>
/// <param name="Id">Its key in the database; pages continue behind it.</param>
/// <param name="Namespace">Namespace of its resource.</param>
/// <param name="Name">Name of its resource.</param>
/// <param name="TenantId">The tenant's key in the database.</param>
/// <param name="Phone">The number that its resource names, digits only.</param>
/// <param name="Desired">Its desired state: Active, Stopped or Deleting.</param>
/// <param name="Phase">What it does; null before any pod reported it.</param>
/// <param name="Reason">Why, in a word; empty for nothing to say.</param>
/// <param name="Message">Why, for people; empty for nothing to say.</param>
/// <param name="Paired">Whether a phone is linked.</param>
/// <param name="Jid">The linked device's address; null for none.</param>
/// <param name="Pool">The name of the pool that it is to run in; null for none.</param>
/// <param name="Pod">The pod that owns it now; null for none.</param>
/// <param name="LastConnectedAt">When it was connected last; null for never.</param>
public sealed record TenantSession(
    long Id,
    string Namespace,
    string Name,
    long TenantId,
    string Phone,
    string Desired,
    string? Phase,
    string Reason,
    string Message,
    bool Paired,
    string? Jid,
    string? Pool,
    string? Pod,
    DateTimeOffset? LastConnectedAt
);

/// <summary>Which of a tenant's sessions are asked for. Null: any.</summary>
/// <param name="Namespace">In this namespace.</param>
/// <param name="Name">Of this name.</param>
/// <param name="Phase">In this phase.</param>
/// <param name="Phone">Of this number, digits only.</param>
public sealed record SessionFilter(
    string? Namespace = null,
    string? Name = null,
    string? Phase = null,
    string? Phone = null
);

/// <summary>The sessions of tenants.</summary>
public sealed class TenantSessions(NpgsqlDataSource database)
{
    /// <summary>Sessions in the order of their keys.</summary>
    /// <param name="tenants">The tenants whose sessions are asked for.</param>
    /// <param name="after">The key of the last one that is known already; 0 from the first on.</param>
    /// <param name="limit">How many at most, 1 to 1,000.</param>
    /// <param name="filter">Which of them; null for all.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task<IReadOnlyList<TenantSession>> ReadAsync(
        IReadOnlyCollection<long> tenants,
        long after,
        int limit,
        SessionFilter? filter = null,
        CancellationToken ct = default
    )
    {
        return await database.LookUpAsync(
            """
            select id, namespace, name, tenant_id, phone, desired, phase, reason, message, paired, jid, pool, pod_name, last_connected_at
              from wa.tenant_sessions($1, $2, $3, $4::text, $5::text, $6::text, $7::text)
            """,
            [
                tenants.ToArray(),
                after,
                limit,
                filter?.Namespace,
                filter?.Name,
                filter?.Phase,
                filter?.Phone,
            ],
            r => new TenantSession(
                r.GetInt64(0),
                r.GetString(1),
                r.GetString(2),
                r.GetInt64(3),
                r.GetString(4),
                r.GetString(5),
                r.TextOrNull(6),
                r.TextOrNull(7) ?? "",
                r.TextOrNull(8) ?? "",
                r.GetBoolean(9),
                r.TextOrNull(10),
                r.TextOrNull(11),
                r.TextOrNull(12),
                r.ValueOrNull<DateTimeOffset>(13)
            ),
            ct
        );
    }
}
