using System.Text.Json;
using Npgsql;
using WaOperator.Domain;

namespace WaOperator.Store.Operator;

/// <summary>An issuer of tokens that open a tenant's API.</summary>
/// <param name="Issuer">The claim <c>iss</c> of its tokens.</param>
/// <param name="Audience">What is in the claim <c>aud</c>.</param>
/// <param name="Claim">The claim that names the tenant.</param>
/// <param name="Scopes">What its tokens may be used for at most; null for everything.</param>
/// <param name="Source">Where its keys stand, as Secret/key.</param>
/// <param name="Keys">Its public keys, as a JSON Web Key Set; null if they could not be read: what is known of that place stays.</param>
public sealed record StoredIssuer(
    string Issuer,
    string Audience,
    string Claim,
    IReadOnlyList<string>? Scopes,
    string Source,
    string? Keys
)
{
    /// <summary>What there is one of in a tenant.</summary>
    internal (string, string) Id => (Issuer, Audience);

    /// <summary>Whether both say the same.</summary>
    internal bool IsLike(StoredIssuer other) =>
        Id == other.Id
        && Claim == other.Claim
        && Source == other.Source
        && Keys == other.Keys
        && ApiKeyLimits.Same(Scopes, other.Scopes);
}

/// <summary>The rows of a tenant's issuers of tokens.</summary>
internal static class TenantIssuers
{
    /// <summary>What is stored.</summary>
    public static async Task<IReadOnlyList<StoredIssuer>> ReadAsync(
        NpgsqlConnection connection,
        long tenant,
        CancellationToken ct
    )
    {
        await using var read = new NpgsqlCommand(
            "select issuer, audience, claim, scopes, source, keys from wa.token_issuer where tenant_id = $1 order by issuer, audience",
            connection
        ).With(tenant);
        return await read.ReadAllAsync(
            r => new StoredIssuer(
                r.GetString(0),
                r.GetString(1),
                r.GetString(2),
                r.IsDBNull(3) ? null : r.GetFieldValue<string[]>(3),
                r.GetString(4),
                r.GetString(5)
            ),
            ct
        );
    }

    /// <summary>Whether both say the same, in whatever order.</summary>
    public static bool AreLike(
        IReadOnlyList<StoredIssuer> one,
        IReadOnlyList<StoredIssuer> other
    ) => one.Count == other.Count && one.All(a => other.Any(a.IsLike));

    /// <summary>Stores them in the place of what was there.</summary>
    public static async Task WriteAsync(
        NpgsqlConnection connection,
        long tenant,
        IReadOnlyList<StoredIssuer> issuers,
        CancellationToken ct
    )
    {
        await using var write = new NpgsqlCommand(
            """
            with told as (
                select x.issuer, x.audience, x.claim, x.scopes, x.source, x.keys
                  from jsonb_to_recordset($2::jsonb)
                       x (issuer text, audience text, claim text, scopes text[], source text, keys text)),
            ended as (
                delete from wa.token_issuer i where i.tenant_id = $1
                   and not exists (select 1 from told x where x.issuer = i.issuer and x.audience = i.audience))
            insert into wa.token_issuer as i (tenant_id, issuer, audience, claim, scopes, source, keys)
            select $1, x.issuer, x.audience, x.claim, x.scopes, x.source, x.keys from told x
            on conflict (tenant_id, issuer, audience) do update set
               claim = excluded.claim, scopes = excluded.scopes, source = excluded.source, keys = excluded.keys
            """,
            connection
        ).With(
            tenant,
            JsonSerializer.Serialize(
                issuers.Select(i => new
                {
                    issuer = i.Issuer,
                    audience = i.Audience,
                    claim = i.Claim,
                    scopes = i.Scopes,
                    source = i.Source,
                    keys = i.Keys,
                })
            )
        );
        await write.ExecuteNonQueryAsync(ct);
    }
}
