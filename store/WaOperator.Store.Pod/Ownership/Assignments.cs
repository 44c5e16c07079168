using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>A session as its shard sees it: what to run and how.</summary>
public sealed record Assignment
{
    /// <summary>The session's key.</summary>
    public required long Id { get; init; }

    /// <summary>The tenant's key.</summary>
    public required long TenantId { get; init; }

    /// <summary>Namespace of the resource, for logs and metrics.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name of the resource.</summary>
    public required string Name { get; init; }

    /// <summary>Name of the tenant, for logs and metrics.</summary>
    public required string Tenant { get; init; }

    /// <summary>Digits only; masked wherever it is logged.</summary>
    public required string Phone { get; init; }

    /// <summary>What the operator wants.</summary>
    public required DesiredState Desired { get; init; }

    /// <summary>A deletion need not unlink.</summary>
    public bool SkipUnlink { get; init; }

    /// <summary>QR or Code.</summary>
    public required string PairingMethod { get; init; }

    /// <summary>Shown on the phone's list of linked devices.</summary>
    public required string DeviceName { get; init; }

    /// <summary>A value other than the last handled one asks for a new round of codes.</summary>
    public string PairRequest { get; init; } = "";

    /// <summary>A value other than the last answered one asks to restore archived keys.</summary>
    public string RestoreRequest { get; init; } = "";

    /// <summary>A device that was linked before is to be taken off; null: none.</summary>
    public DateTimeOffset? LogoutAt { get; init; }

    /// <summary>Auto or Compare: whether a person compares a code when the account's passkey is used.</summary>
    public string PasskeyCode { get; init; } = "Auto";

    /// <summary>None, Recent or Full: how much of the account's past is taken when the device is linked.</summary>
    public string History { get; init; } = "None";

    /// <summary>Labels of the resource (<see cref="SessionSelector.Write"/>).</summary>
    public string Labels { get; init; } = "";

    /// <summary>Which proxy it goes through (<see cref="SessionProxies"/>); null: it connects directly.</summary>
    public string? ProxyVersion { get; init; }

    /// <summary>The shard that owns it now, null for none.</summary>
    public ShardId? Owner { get; init; }

    /// <summary>Lease epoch of the owner, null for none.</summary>
    public long? OwnerLeaseEpoch { get; init; }
}

/// <summary>Reads what is placed on a shard.</summary>
public sealed class Assignments(NpgsqlDataSource database)
{
    /// <summary>All sessions placed on the shard, ordered by id. One query for the whole shard.</summary>
    public async Task<IReadOnlyList<Assignment>> ReadAsync(
        ShardId shard,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            """
            select s.id, s.tenant_id, s.namespace, s.name, t.name, s.phone, s.desired, s.skip_unlink, s.pairing_method,
                   s.device_name, s.pair_request, o.pool_uid, o.ordinal, o.lease_epoch, s.logout_at, s.labels, s.passkey_code, s.proxy_version,
                   s.restore_request, s.history
              from wa.placement p
              join wa.session s on s.id = p.session_id
              join wa.tenant t on t.id = s.tenant_id
              left join wa.session_owner o on o.session_id = s.id
             where p.pool_uid = $1 and p.ordinal = $2 and s.desired <> 'Retained' and not (t.suspended and s.desired = 'Active')
             order by s.id
            """,
            shard.PoolUid,
            shard.Ordinal
        );
        return await command.ReadAllAsync(
            r => new Assignment
            {
                Id = r.GetInt64(0),
                TenantId = r.GetInt64(1),
                Namespace = r.GetString(2),
                Name = r.GetString(3),
                Tenant = r.GetString(4),
                Phone = r.GetString(5),
                Desired = Enum.Parse<DesiredState>(r.GetString(6)),
                SkipUnlink = r.GetBoolean(7),
                PairingMethod = r.GetString(8),
                DeviceName = r.GetString(9),
                PairRequest = r.GetString(10),
                Owner = r.IsDBNull(11) ? null : new ShardId(r.GetString(11), r.GetInt32(12)),
                OwnerLeaseEpoch = r.ValueOrNull<long>(13),
                LogoutAt = r.ValueOrNull<DateTimeOffset>(14),
                Labels = r.GetString(15),
                PasskeyCode = r.GetString(16),
                ProxyVersion = r.TextOrNull(17),
                RestoreRequest = r.GetString(18),
                History = r.GetString(19),
            },
            ct
        );
    }
}
