using System.Text.Json;
using System.Text.Json.Serialization;
using Npgsql;
using WaOperator.Domain;

namespace WaOperator.Store.Operator;

/// <summary>
/// The rows of a tenant's API keys. Those that open everything stand in the tenant's row, where pods of older versions look; those with
/// limits in a table of their own.
/// </summary>
internal static class TenantApiKeys
{
    /// <summary>What is stored; locks the tenant's row.</summary>
    /// <returns>Null if there is no such tenant.</returns>
    public static async Task<StoredApiKeys?> ReadAsync(
        NpgsqlConnection connection,
        long tenant,
        CancellationToken ct
    )
    {
        await using var read = new NpgsqlCommand(
            "select api_keys, api_key_sources::text from wa.tenant where id = $1 for no key update",
            connection
        ).With(tenant);
        var found = await read.ReadAllAsync(
            r =>
                (
                    Hashes: r.GetFieldValue<byte[][]>(0).Select(Convert.ToHexStringLower).ToList(),
                    Sources: JsonSerializer.Deserialize<Dictionary<string, string>>(r.GetString(1))!
                ),
            ct
        );
        if (found is not [var (hashes, sources)])
            return null;
        await using var limited = new NpgsqlCommand(
            "select source, hash, scopes, sessions, not_after from wa.limited_api_key where tenant_id = $1",
            connection
        ).With(tenant);
        var limits = new Dictionary<string, ApiKeyLimits>(StringComparer.Ordinal);
        foreach (
            var (source, hash, of) in await limited.ReadAllAsync(
                r =>
                    (
                        r.GetString(0),
                        Convert.ToHexStringLower(r.GetFieldValue<byte[]>(1)),
                        new ApiKeyLimits(
                            r.IsDBNull(2) ? null : r.GetFieldValue<string[]>(2),
                            r.IsDBNull(3) ? null : r.GetFieldValue<string[]>(3),
                            r.IsDBNull(4) ? null : r.GetFieldValue<DateTimeOffset>(4)
                        )
                    ),
                ct
            )
        )
        {
            limits[source] = of;
            sources[source] = hash;
            hashes.Add(hash);
        }
        return new(hashes.ToHashSet(StringComparer.Ordinal), sources) { Limits = limits };
    }

    /// <summary>Stores them in the place of what was there.</summary>
    public static async Task WriteAsync(
        NpgsqlConnection connection,
        long tenant,
        StoredApiKeys keys,
        CancellationToken ct
    )
    {
        var limited = keys
            .Limits.Where(l => keys.Sources.ContainsKey(l.Key))
            .Select(l => new Row(
                l.Key,
                keys.Sources[l.Key],
                l.Value.Scopes,
                l.Value.Sessions,
                l.Value.NotAfter
            ))
            .ToList();
        var open = keys.Sources.Where(s => !keys.Limits.ContainsKey(s.Key)).ToList();
        // Of an older version's keys it is not known where they stand: they have no limits.
        var hashes = keys
            .Hashes.Except(limited.Select(l => l.Hash), StringComparer.Ordinal)
            .Union(open.Select(s => s.Value), StringComparer.Ordinal);
        await using var write = new NpgsqlCommand(
            """
            with ended as (
                delete from wa.limited_api_key l where l.tenant_id = $1
                   and l.source not in (select x.source from jsonb_to_recordset($4::jsonb) x (source text))),
            put as (
                insert into wa.limited_api_key as l (tenant_id, source, hash, scopes, sessions, not_after)
                select $1, x.source, decode(x.hash, 'hex'), x.scopes, x.sessions, x.not_after
                  from jsonb_to_recordset($4::jsonb)
                       x (source text, hash text, scopes text[], sessions text[], not_after timestamptz)
                on conflict (tenant_id, source) do update set
                   hash = excluded.hash, scopes = excluded.scopes, sessions = excluded.sessions, not_after = excluded.not_after)
            update wa.tenant set api_keys = $2, api_key_sources = $3::jsonb where id = $1
            """,
            connection
        ).With(
            tenant,
            hashes.Select(Convert.FromHexString).ToArray(),
            JsonSerializer.Serialize(
                open.ToDictionary(s => s.Key, s => s.Value, StringComparer.Ordinal)
            ),
            JsonSerializer.Serialize(limited)
        );
        await write.ExecuteNonQueryAsync(ct);
    }

    private sealed record Row(
        [property: JsonPropertyName("source")] string Source,
        [property: JsonPropertyName("hash")] string Hash,
        [property: JsonPropertyName("scopes")] IReadOnlyList<string>? Scopes,
        [property: JsonPropertyName("sessions")] IReadOnlyList<string>? Sessions,
        [property: JsonPropertyName("not_after")] DateTimeOffset? NotAfter
    );
}
