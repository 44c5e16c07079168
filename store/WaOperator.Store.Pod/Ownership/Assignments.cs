using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>A session as its shard sees it: what to run and how.</summary>
/// <param name="Id">The session's key.</param>
/// <param name="TenantId">The tenant's key.</param>
/// <param name="Namespace">Namespace of the resource, for logs and metrics.</param>
/// <param name="Name">Name of the resource.</param>
/// <param name="Tenant">Name of the tenant, for logs and metrics.</param>
/// <param name="Phone">Digits only; masked wherever it is logged.</param>
/// <param name="Desired">What the operator wants.</param>
/// <param name="SkipUnlink">A deletion need not unlink.</param>
/// <param name="PairingMethod">QR or Code.</param>
/// <param name="DeviceName">Shown on the phone's list of linked devices.</param>
/// <param name="PairRequest">A value other than the last handled one asks for a new round of codes.</param>
/// <param name="Owner">Who owns it now, null for nobody.</param>
/// <param name="OwnerLeaseEpoch">Lease epoch of the owner, null for nobody.</param>
public sealed record Assignment(
    long Id,
    long TenantId,
    string Namespace,
    string Name,
    string Tenant,
    string Phone,
    DesiredState Desired,
    bool SkipUnlink,
    string PairingMethod,
    string DeviceName,
    string PairRequest,
    ShardId? Owner,
    long? OwnerLeaseEpoch
);

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
                   s.device_name, s.pair_request, o.pool_uid, o.ordinal, o.lease_epoch
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
            r => new Assignment(
                r.GetInt64(0),
                r.GetInt64(1),
                r.GetString(2),
                r.GetString(3),
                r.GetString(4),
                r.GetString(5),
                Enum.Parse<DesiredState>(r.GetString(6)),
                r.GetBoolean(7),
                r.GetString(8),
                r.GetString(9),
                r.GetString(10),
                r.IsDBNull(11) ? null : new ShardId(r.GetString(11), r.GetInt32(12)),
                r.ValueOrNull<long>(13)
            ),
            ct
        );
    }
}
