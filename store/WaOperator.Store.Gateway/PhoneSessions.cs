using Npgsql;

namespace WaOperator.Store.Gateway;

/// <summary>The session of a phone number.</summary>
/// <param name="Session">The names of its resource.</param>
/// <param name="Tenant">The tenant's key in the database.</param>
/// <param name="Paired">Whether a phone is linked, as it was reported last.</param>
public sealed record PhoneSession(SessionName Session, long Tenant, bool Paired);

/// <summary>The sessions of tenants by their numbers.</summary>
public sealed class PhoneSessions(NpgsqlDataSource database)
{
    /// <summary>The session of a number; null if none of these tenants has one.</summary>
    /// <param name="tenants">The tenants whose sessions are asked for.</param>
    /// <param name="phone">The number that its resource names, digits only.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task<PhoneSession?> FindAsync(
        IReadOnlyCollection<long> tenants,
        string phone,
        CancellationToken ct = default
    )
    {
        var rows = await database.LookUpAsync(
            "select namespace, name, tenant_id, paired from wa.phone_session($1, $2)",
            [tenants.ToArray(), phone],
            r => new PhoneSession(
                new(r.GetString(0), r.GetString(1)),
                r.GetInt64(2),
                r.GetBoolean(3)
            ),
            ct
        );
        return rows is [var one, ..] ? one : null;
    }
}
