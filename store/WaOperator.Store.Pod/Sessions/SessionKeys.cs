using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>A stored, encrypted key.</summary>
public sealed record StoredKey(string Kind, string Id, int KeyVersion, byte[] Ciphertext);

/// <summary>Reads encrypted keys, and keeps the wrapped keys of tenants.</summary>
public sealed class SessionKeys(NpgsqlDataSource database)
{
    /// <summary>All keys of one kind, or of every kind when <paramref name="kind"/> is null.</summary>
    public async Task<IReadOnlyList<StoredKey>> ReadAsync(
        long sessionId,
        string? kind,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            "select kind, id, key_version, ciphertext from wa.session_key where session_id = $1 and kind = coalesce($2::text, kind)",
            sessionId,
            kind
        );
        return await command.ReadAllAsync(Read, ct);
    }

    /// <summary>Some keys of one kind; those that are not there are left out.</summary>
    public async Task<IReadOnlyList<StoredKey>> ReadAsync(
        long sessionId,
        string kind,
        IReadOnlyCollection<string> ids,
        CancellationToken ct = default
    )
    {
        if (ids.Count == 0)
            return [];
        await using var command = database.Command(
            "select kind, id, key_version, ciphertext from wa.session_key where session_id = $1 and kind = $2 and id = any ($3)",
            sessionId,
            kind,
            ids.ToArray()
        );
        return await command.ReadAllAsync(Read, ct);
    }

    /// <summary>Which kinds and ids a session has, without their bytes.</summary>
    public async Task<IReadOnlyList<(string Kind, string Id)>> ListAsync(
        long sessionId,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            "select kind, id from wa.session_key where session_id = $1 order by kind, id",
            sessionId
        );
        return await command.ReadAllAsync(r => (r.GetString(0), r.GetString(1)), ct);
    }

    /// <summary>The archive of a session (<see cref="SessionWrite.ArchiveKeys"/>), null when it has none that is younger than <see cref="KeyArchive.Kept"/>.</summary>
    public async Task<SessionArchive?> ArchiveAsync(long sessionId, CancellationToken ct = default)
    {
        await using var command = database.Command(
            """
            select archived_at, phone, jid, lid, platform from wa.session_archive
             where session_id = $1 and archived_at >= now() - $2
            """,
            sessionId,
            KeyArchive.Kept
        );
        var rows = await command.ReadAllAsync(
            r => new SessionArchive(
                r.GetFieldValue<DateTimeOffset>(0),
                r.TextOrNull(1),
                r.TextOrNull(2),
                r.TextOrNull(3),
                r.TextOrNull(4)
            ),
            ct
        );
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>The newest wrapped key of a tenant, null when it has none yet.</summary>
    public async Task<(int Version, byte[] Wrapped)?> TenantKeyAsync(
        long tenantId,
        int? version = null,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            """
            select version, wrapped from wa.tenant_key where tenant_id = $1 and version = coalesce($2::int, version)
             order by version desc limit 1
            """,
            tenantId,
            version
        );
        var rows = await command.ReadAllAsync(r => (r.GetInt32(0), r.GetFieldValue<byte[]>(1)), ct);
        return rows.Count == 0 ? null : rows[0];
    }

    /// <summary>Adds a tenant's key unless another pod was first; read it back afterwards.</summary>
    public Task AddTenantKeyAsync(
        long tenantId,
        int version,
        byte[] wrapped,
        CancellationToken ct = default
    ) =>
        database.CommitAsync(
            "insert into wa.tenant_key (tenant_id, version, wrapped) values ($1, $2, $3) on conflict do nothing",
            [tenantId, version, wrapped],
            ct
        );

    /// <summary>
    /// The fingerprint of the master key of this installation; the first pod writes its own. A caller whose key has another
    /// fingerprint must refuse to start.
    /// </summary>
    public async Task<byte[]> MasterKeyFingerprintAsync(byte[] own, CancellationToken ct = default)
    {
        return (
            await database.CommitAsync(
                "select wa.master_key_fingerprint($1)",
                [own],
                r => r.GetFieldValue<byte[]>(0),
                ct
            )
        ).Single();
    }

    private static StoredKey Read(NpgsqlDataReader r) =>
        new(r.GetString(0), r.GetString(1), r.GetInt32(2), r.GetFieldValue<byte[]>(3));
}
