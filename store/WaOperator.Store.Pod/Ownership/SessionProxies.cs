using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>The address of a session's proxy, sealed.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="Version">Which one it is.</param>
/// <param name="BoxKey">What key it is sealed to.</param>
/// <param name="Box">The box.</param>
public sealed record SealedProxyRow(long SessionId, string Version, long BoxKey, byte[] Box);

/// <summary>Reads the proxies of sessions that are placed on the shard.</summary>
public sealed class SessionProxies(NpgsqlDataSource database)
{
    /// <summary>Those of these sessions that have one.</summary>
    public async Task<IReadOnlyList<SealedProxyRow>> ReadAsync(
        IReadOnlyCollection<long> sessions,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            """
            select id, proxy_version, proxy_box_key, proxy_box from wa.session
             where id = any($1) and proxy_version is not null
            """,
            sessions.ToArray()
        );
        return await command.ReadAllAsync(
            r => new SealedProxyRow(
                r.GetInt64(0),
                r.GetString(1),
                r.GetInt64(2),
                r.GetFieldValue<byte[]>(3)
            ),
            ct
        );
    }
}
