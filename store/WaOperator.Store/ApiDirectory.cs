using Npgsql;
using WaOperator.Domain;

namespace WaOperator.Store;

/// <summary>A tenant that has an API key.</summary>
/// <param name="Id">The tenant's key in the database.</param>
/// <param name="KeyHashes">SHA-256 of its API keys.</param>
/// <param name="Limits">What the key opens of the tenant's API; null for everything.</param>
/// <param name="Source">Where the key stands, as Secret/key; null for a key that an older version stored.</param>
public sealed record KeyHolder(
    long Id,
    IReadOnlyList<byte[]> KeyHashes,
    ApiKeyLimits? Limits = null,
    string? Source = null
);

/// <summary>What a tenant says of an issuer of tokens.</summary>
/// <param name="TenantId">The tenant's key in the database.</param>
/// <param name="Tenant">The tenant, as namespace/name.</param>
/// <param name="Audience">What is in the claim <c>aud</c>.</param>
/// <param name="Claim">The claim that names the tenant.</param>
/// <param name="Scopes">What its tokens may be used for at most; null for everything.</param>
/// <param name="Keys">The issuer's public keys, as a JSON Web Key Set.</param>
public sealed record IssuerTrust(
    long TenantId,
    string Tenant,
    string Audience,
    string Claim,
    IReadOnlyList<string>? Scopes,
    string Keys
);

/// <summary>Where a session is.</summary>
/// <param name="TenantId">Its tenant.</param>
/// <param name="Pod">The pod that owns it; null for none.</param>
/// <param name="PodNamespace">The namespace of that pod; null if it is not known.</param>
public sealed record SessionPlace(long TenantId, string? Pod, string? PodNamespace);

/// <summary>What the tenants' API looks up.</summary>
public sealed class ApiDirectory(NpgsqlDataSource database)
{
    /// <summary>The tenants that have a key of this hash; normally one or none. One may have it twice, with different limits.</summary>
    public async Task<IReadOnlyList<KeyHolder>> FindHoldersAsync(
        byte[] hash,
        CancellationToken ct = default
    ) =>
        await database.LookUpAsync(
            "select tenant_id, hashes, scopes, sessions, not_after, source from wa.api_key_grants($1)",
            [hash],
            r => new KeyHolder(
                r.GetInt64(0),
                r.GetFieldValue<byte[][]>(1),
                ReadLimits(r),
                r.TextOrNull(5)
            ),
            ct
        );

    /// <summary>What tenants say of an issuer of tokens.</summary>
    /// <param name="issuer">What a token says of its issuer.</param>
    /// <param name="tenants">The tenants that it names, as namespace/name; at most 16 are looked at.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<IssuerTrust>> FindIssuersAsync(
        string issuer,
        IReadOnlyCollection<string> tenants,
        CancellationToken ct = default
    ) =>
        await database.LookUpAsync(
            "select tenant_id, tenant, audience, claim, scopes, keys from wa.token_issuers($1, $2)",
            [issuer, tenants.ToArray()],
            r => new IssuerTrust(
                r.GetInt64(0),
                r.GetString(1),
                r.GetString(2),
                r.GetString(3),
                r.IsDBNull(4) ? null : r.GetFieldValue<string[]>(4),
                r.GetString(5)
            ),
            ct
        );

    /// <summary>Who runs the session of that name; null if there is none.</summary>
    public async Task<SessionPlace?> LocateAsync(
        string ns,
        string name,
        CancellationToken ct = default
    )
    {
        var found = await database.LookUpAsync(
            "select tenant_id, pod_name, pod_namespace from wa.session_place($1, $2)",
            [ns, name],
            r => new SessionPlace(r.GetInt64(0), r.TextOrNull(1), r.TextOrNull(2)),
            ct
        );
        return found.SingleOrDefault();
    }

    private static ApiKeyLimits? ReadLimits(NpgsqlDataReader r)
    {
        var (scopes, sessions, notAfter) = (
            r.IsDBNull(2) ? null : r.GetFieldValue<string[]>(2),
            r.IsDBNull(3) ? null : r.GetFieldValue<string[]>(3),
            r.IsDBNull(4) ? (DateTimeOffset?)null : r.GetFieldValue<DateTimeOffset>(4)
        );
        return scopes is null && sessions is null && notAfter is null
            ? null
            : new(scopes, sessions, notAfter);
    }
}
