using Npgsql;

namespace WaOperator.Store.Operator;

/// <summary>The operator's reads. Throws <see cref="NpgsqlException"/> while the database is away.</summary>
public sealed class ObservedStore(NpgsqlDataSource database)
{
    /// <summary>The cursor that reads everything.</summary>
    public const string Beginning = "0";

    private const string ReportColumns =
        "pool_uid, ordinal, lease_epoch, sessions, connected, memory_bytes, cost_bytes, reported_at";

    /// <summary>Rows that changed since <paramref name="cursor"/>; a row may come twice, none is missed. Indexed: cheap when nothing changed.</summary>
    public async Task<Changes> ReadChangesAsync(string cursor, CancellationToken ct = default)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection);
        // The oldest running transaction first: whatever it and later ones write is looked at again next time.
        batch.BatchCommands.Add(
            Sql.BatchCommand("select pg_snapshot_xmin(pg_current_snapshot())::text")
        );
        batch.BatchCommands.Add(
            Sql.BatchCommand(
                $"""
                select s.uid, s.namespace, s.name, t.pool_uid, t.ordinal, t.pod_name, o.lease_epoch, {SessionStateSql.Columns}
                  from wa.session_state t join wa.session s on s.id = t.session_id
                  left join wa.session_owner o on o.session_id = t.session_id and o.epoch = t.epoch
                 where t.changed >= $1::text::xid8
                """,
                cursor
            )
        );
        batch.BatchCommands.Add(
            Sql.BatchCommand(
                """
                select s.uid, s.namespace, s.name, c.session_id, c.epoch, c.kind, c.code, c.number, c.total, c.expires_at
                  from wa.session_pairing c join wa.session s on s.id = c.session_id
                 where c.changed >= $1::text::xid8
                """,
                cursor
            )
        );
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var next = (await reader.ReadAllAsync(r => r.GetString(0), ct)).Single();
        await reader.NextResultAsync(ct);
        var sessions = await reader.ReadAllAsync(Session, ct);
        await reader.NextResultAsync(ct);
        var pairings = await reader.ReadAllAsync(Pairing, ct);
        return new Changes(sessions, pairings, next);
    }

    /// <summary>All shard reports, and the session costs that changed since <paramref name="cursor"/>; a row may come twice, none is missed.</summary>
    public async Task<CostChanges> ReadCostsAsync(string cursor, CancellationToken ct = default)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(
            Sql.BatchCommand("select pg_snapshot_xmin(pg_current_snapshot())::text")
        );
        batch.BatchCommands.Add(
            Sql.BatchCommand(
                "select session_id, bytes, active_at from wa.session_cost where changed >= $1::text::xid8",
                cursor
            )
        );
        batch.BatchCommands.Add(Sql.BatchCommand($"select {ReportColumns} from wa.shard_report"));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var next = (await reader.ReadAllAsync(r => r.GetString(0), ct)).Single();
        await reader.NextResultAsync(ct);
        var costs = await reader.ReadAllAsync(
            r => new SessionCost(r.GetInt64(0), r.GetInt64(1), r.GetFieldValue<DateTimeOffset>(2)),
            ct
        );
        await reader.NextResultAsync(ct);
        return new(costs, await reader.ReadAllAsync(Report, ct), next);
    }

    /// <summary>The key of the tenant's row; null while it has none.</summary>
    public async Task<long?> FindTenantAsync(string ns, string name, CancellationToken ct = default)
    {
        await using var command = database.Command(
            "select id from wa.tenant where namespace = $1 and name = $2 and gone_at is null",
            ns,
            name
        );
        return (long?)await command.ExecuteScalarAsync(ct);
    }

    /// <summary>Tenants that would have to go with their objects: those that have API keys, or no session.</summary>
    public async Task<IReadOnlyList<StoredTenant>> ReadEndingTenantsAsync(
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            """
            select t.namespace, t.name, t.uid from wa.tenant t
             where t.gone_at is null
               and (t.api_keys <> '{}' or exists (select 1 from wa.limited_api_key l where l.tenant_id = t.id) or not exists (select 1 from wa.session s where s.tenant_id = t.id))
            """
        );
        return await command.ReadAllAsync(
            r => new StoredTenant(r.GetString(0), r.GetString(1), r.GetString(2)),
            ct
        );
    }

    /// <summary>What there is of a webhook, and the key that its secrets are sealed to, beside what is to be stored.</summary>
    public Task<WebhookSight> SeeWebhookAsync(WebhookRow row, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(row);
        return Webhooks.SeeAsync(database, row, ct);
    }

    /// <summary>The newest key that secrets are sealed to; null before the first pod has run.</summary>
    public async Task<BoxKey?> ReadBoxKeyAsync(CancellationToken ct = default)
    {
        await using var command = database.Command(
            "select id, public_key from wa.box_key order by id desc limit 1"
        );
        var keys = await command.ReadAllAsync(
            r => new BoxKey(r.GetInt64(0), r.GetFieldValue<byte[]>(1)),
            ct
        );
        return keys.SingleOrDefault();
    }

    /// <summary>The webhooks that have a row.</summary>
    public Task<IReadOnlyList<StoredWebhook>> ReadWebhooksAsync(CancellationToken ct = default) =>
        Webhooks.ListAsync(database, ct);

    /// <summary>What pods report of webhooks, all shards of each together.</summary>
    public Task<IReadOnlyList<WebhookReport>> ReadWebhookReportsAsync(
        CancellationToken ct = default
    ) => Webhooks.ReportsAsync(database, ct);

    /// <summary>All leases, one row a shard.</summary>
    public async Task<IReadOnlyList<ShardLease>> ReadLeasesAsync(CancellationToken ct = default)
    {
        await using var command = database.Command(
            """
            select pool_uid, ordinal, epoch, state, pod_uid, pod_name, counter, expires_at <= wa.clock(),
                   coalesce(lost_epoch = epoch and lost_counter = counter, false), step_down_for, ttl
              from wa.shard_lease
            """
        );
        return await command.ReadAllAsync(
            r => new ShardLease(
                new ShardId(r.GetString(0), r.GetInt32(1)),
                r.GetInt64(2),
                Enum.Parse<LeaseState>(r.GetString(3)),
                r.GetString(4),
                r.GetString(5),
                r.GetInt64(6),
                r.GetBoolean(7),
                r.GetBoolean(8),
                r.TextOrNull(9)
            )
            {
                Ttl = r.GetFieldValue<TimeSpan>(10),
            },
            ct
        );
    }

    /// <summary>All session rows, for a new leader's start.</summary>
    public async Task<IReadOnlyList<StoredSession>> ReadSessionsAsync(
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            """
            select id, uid, tenant_id, phone, namespace, name, pool_uid, desired, skip_unlink, pairing_method, device_name, pair_request,
                   logout_at, labels, passkey_code, proxy_version, proxy_box_key, proxy_box,
                   restore_request, history
              from wa.session
            """
        );
        return await command.ReadAllAsync(
            r => new StoredSession(
                r.GetInt64(0),
                new SessionRow
                {
                    Uid = r.GetString(1),
                    TenantId = r.GetInt64(2),
                    Phone = r.GetString(3),
                    Namespace = r.GetString(4),
                    Name = r.GetString(5),
                    PoolUid = r.TextOrNull(6),
                    Desired = Enum.Parse<DesiredState>(r.GetString(7)),
                    SkipUnlink = r.GetBoolean(8),
                    PairingMethod = r.GetString(9),
                    DeviceName = r.GetString(10),
                    PairRequest = r.GetString(11),
                    LogoutAt = r.ValueOrNull<DateTimeOffset>(12),
                    Labels = r.GetString(13),
                    PasskeyCode = r.GetString(14),
                    Proxy = r.IsDBNull(15)
                        ? null
                        : new(r.GetString(15), r.GetInt64(16), r.GetFieldValue<byte[]>(17)),
                    RestoreRequest = r.GetString(18),
                    History = r.GetString(19),
                }
            ),
            ct
        );
    }

    /// <summary>All placements, for a new leader's start.</summary>
    public async Task<IReadOnlyList<PlacementRow>> ReadPlacementsAsync(
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            "select session_id, pool_uid, ordinal, reason from wa.placement"
        );
        return await command.ReadAllAsync(
            r => new PlacementRow(
                r.GetInt64(0),
                new ShardId(r.GetString(1), r.GetInt32(2)),
                r.GetString(3)
            ),
            ct
        );
    }

    /// <summary>How many sessions each shard owns, placed there or not: a drained shard may go when it owns none.</summary>
    public async Task<IReadOnlyDictionary<ShardId, int>> ReadOwnedAsync(
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            "select pool_uid, ordinal, count(*)::int from wa.session_owner where pool_uid is not null group by 1, 2"
        );
        var rows = await command.ReadAllAsync(
            r => (Shard: new ShardId(r.GetString(0), r.GetInt32(1)), Count: r.GetInt32(2)),
            ct
        );
        return rows.ToDictionary(r => r.Shard, r => r.Count);
    }

    /// <summary>The settings of a pool, null when it is not projected (yet).</summary>
    public async Task<PoolRow?> ReadPoolAsync(string uid, CancellationToken ct = default)
    {
        await using var command = database.Command(
            "select uid, namespace, name, settings::text from wa.pool where uid = $1",
            uid
        );
        return (
            await command.ReadAllAsync(
                r => new PoolRow(
                    r.GetString(0),
                    r.GetString(1),
                    r.GetString(2),
                    PoolSettings.FromJson(r.GetString(3))
                ),
                ct
            )
        ).SingleOrDefault();
    }

    /// <summary>Of these sessions those whose owner's lease is not over.</summary>
    public async Task<IReadOnlyList<Holder>> ReadHoldersAsync(
        IReadOnlyCollection<long> sessions,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            """
            select o.session_id, o.pool_uid, o.ordinal, o.lease_epoch, coalesce(l.pod_name, ''), l.epoch is not null
              from wa.session_owner o
              left join wa.shard_lease l on l.pool_uid = o.pool_uid and l.ordinal = o.ordinal
             where o.session_id = any ($1) and o.pool_uid is not null
               and (l.epoch is null or l.epoch = o.lease_epoch and not wa.lease_is_free(l))
            """,
            sessions.ToArray()
        );
        return await command.ReadAllAsync(
            r => new Holder(
                r.GetInt64(0),
                new ShardId(r.GetString(1), r.GetInt32(2)),
                r.GetInt64(3),
                r.GetString(4),
                r.GetBoolean(5)
            ),
            ct
        );
    }

    /// <summary>The pools of which something is stored, and their namespaces; null where only leases are left.</summary>
    public async Task<IReadOnlyList<(string Uid, string? Namespace)>> ReadPoolsAsync(
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            """
            select uid, namespace from wa.pool
            union all
            select distinct pool_uid, null from wa.shard_lease where pool_uid not in (select uid from wa.pool)
            """
        );
        return await command.ReadAllAsync(r => (r.GetString(0), r.TextOrNull(1)), ct);
    }

    private static ObservedSession Session(NpgsqlDataReader r) =>
        new(
            r.GetString(0),
            r.GetString(1),
            r.GetString(2),
            new ShardId(r.GetString(3), r.GetInt32(4)),
            r.GetString(5),
            SessionStateSql.Read(r, 7),
            r.ValueOrNull<long>(6)
        );

    private static ObservedPairing Pairing(NpgsqlDataReader r) =>
        new(
            r.GetString(0),
            r.GetString(1),
            r.GetString(2),
            new PairingCode(
                r.GetInt64(3),
                r.GetInt64(4),
                r.GetString(5),
                r.GetString(6),
                r.GetInt32(7),
                r.GetInt32(8),
                r.GetFieldValue<DateTimeOffset>(9)
            )
        );

    private static ShardReport Report(NpgsqlDataReader r) =>
        new(
            new ShardId(r.GetString(0), r.GetInt32(1)),
            r.GetInt64(2),
            r.GetInt32(3),
            r.GetInt32(4),
            r.GetInt64(5),
            r.GetInt64(6)
        )
        {
            ReportedAt = r.GetFieldValue<DateTimeOffset>(7),
        };
}
