using Npgsql;

namespace WaOperator.Store.Gateway;

/// <summary>The names of a tenant's resource.</summary>
/// <param name="Id">The tenant's key in the database.</param>
/// <param name="Namespace">Its namespace, in which its sessions are.</param>
/// <param name="Name">Its name.</param>
public sealed record TenantName(long Id, string Namespace, string Name);

/// <summary>What tenants are called.</summary>
public sealed class TenantNames(NpgsqlDataSource database)
{
    /// <summary>The names of tenants, as far as they are there.</summary>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task<IReadOnlyList<TenantName>> ReadAsync(
        IReadOnlyCollection<long> tenants,
        CancellationToken ct = default
    ) =>
        await database.LookUpAsync(
            "select id, namespace, name from wa.tenant_names($1)",
            [tenants.ToArray()],
            r => new TenantName(r.GetInt64(0), r.GetString(1), r.GetString(2)),
            ct
        );
}
