using Npgsql;

namespace WaOperator.Store.Operator;

/// <summary>
/// The operator's writes, each in one transaction that first pins its leader term. Throws <see cref="StaleTermException"/> when
/// another leader has begun, <see cref="NpgsqlException"/> while the database is away.
/// </summary>
public sealed class DesiredStore
{
    private readonly NpgsqlDataSource _database;

    private DesiredStore(NpgsqlDataSource database, long term)
    {
        _database = database;
        Term = term;
    }

    /// <summary>The term under which this leader writes.</summary>
    public long Term { get; }

    /// <summary>Begins a new term: from here on no older leader's write commits.</summary>
    public static async Task<DesiredStore> BeginTermAsync(
        NpgsqlDataSource database,
        string holder,
        CancellationToken ct = default
    )
    {
        var term = await database.CommitAsync(
            "select wa.leader_begin($1)",
            [holder],
            r => r.GetInt64(0),
            ct
        );
        return new DesiredStore(database, term.Single());
    }

    /// <summary>Writes a pool if it differs.</summary>
    public Task PutPoolAsync(PoolRow pool, CancellationToken ct = default) =>
        WriteAsync(
            """
            insert into wa.pool as p (uid, namespace, name, settings) values ($1, $2, $3, $4::jsonb)
            on conflict (uid) do update set settings = excluded.settings, namespace = excluded.namespace, name = excluded.name
             where p.settings <> excluded.settings
            """,
            [pool.Uid, pool.Namespace, pool.Name, pool.Settings.ToJson()],
            ct
        );

    /// <summary>
    /// Removes a pool with its leases and reports, once none of its shards owns a session and every lease of it is over. The epochs of
    /// its leases are remembered.
    /// </summary>
    /// <returns>False: something is still owned or held, and nothing was removed. True also when there was nothing.</returns>
    public async Task<bool> RemovePoolAsync(string uid, CancellationToken ct = default)
    {
        await using var work = await BeginAsync(ct);
        await using var command = new NpgsqlCommand(
            "select wa.pool_remove($1)",
            work.Connection
        ).With(uid);
        var removed = (bool)(await command.ExecuteScalarAsync(ct))!;
        await work.CommitAsync(ct);
        return removed;
    }

    /// <summary>Writes a tenant if it differs.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="another">
    /// It is another object than the one that bore its name before, whose API keys end and whose kept keys it does not get. See
    /// <see cref="IsAnotherTenantAsync"/>.
    /// </param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Its key.</returns>
    public async Task<long> PutTenantAsync(
        TenantRow tenant,
        bool another = false,
        CancellationToken ct = default
    )
    {
        await using var work = await BeginAsync(ct);
        await using var put = new NpgsqlCommand(
            "select wa.tenant_put($1, $2, $3, $4, $5::jsonb, $6)",
            work.Connection
        ).With(
            tenant.Namespace,
            tenant.Name,
            tenant.Uid,
            tenant.Suspended,
            tenant.SettingsJson,
            another
        );
        var id = (long)(await put.ExecuteScalarAsync(ct))!;
        await work.CommitAsync(ct);
        return id;
    }

    /// <summary>Whether the tenant is another object than the one that bore its name before, of which no session is left.</summary>
    /// <param name="tenant">The tenant.</param>
    /// <param name="sessions">UIDs of the session resources that name it now.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<bool> IsAnotherTenantAsync(
        TenantRow tenant,
        IReadOnlyCollection<string> sessions,
        CancellationToken ct = default
    )
    {
        await using var command = _database.Command(
            "select wa.tenant_is_another($1, $2, $3, $4)",
            tenant.Namespace,
            tenant.Name,
            tenant.Uid,
            sessions.ToArray()
        );
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Writes which API keys a tenant has and which issuers of tokens it trusts, if that differs.</summary>
    /// <param name="tenantId">The tenant's key.</param>
    /// <param name="reading">What its Secrets say.</param>
    /// <param name="ct">Cancels.</param>
    public async Task PutApiKeysAsync(
        long tenantId,
        ApiKeyReading reading,
        CancellationToken ct = default
    )
    {
        ArgumentNullException.ThrowIfNull(reading);
        await using var work = await BeginAsync(ct);
        if (await TenantApiKeys.ReadAsync(work.Connection, tenantId, ct) is not { } before)
            return;
        var issuersBefore = await TenantIssuers.ReadAsync(work.Connection, tenantId, ct);
        var (after, issuers) = (reading.Follow(before), reading.FollowIssuers(issuersBefore));
        var (keysStay, issuersStay) = (
            after.IsLike(before),
            TenantIssuers.AreLike(issuers, issuersBefore)
        );
        if (keysStay && issuersStay)
            return;
        if (!keysStay)
            await TenantApiKeys.WriteAsync(work.Connection, tenantId, after, ct);
        if (!issuersStay)
            await TenantIssuers.WriteAsync(work.Connection, tenantId, issuers, ct);
        await work.CommitAsync(ct);
    }

    /// <summary>Writes which API keys a tenant has, wherever they stand.</summary>
    /// <param name="tenantId">The tenant's key.</param>
    /// <param name="hashes">SHA-256 of each.</param>
    /// <param name="ct">Cancels.</param>
    public Task PutApiKeysAsync(
        long tenantId,
        IReadOnlyCollection<byte[]> hashes,
        CancellationToken ct = default
    ) =>
        PutApiKeysAsync(
            tenantId,
            new ApiKeyReading(
                hashes.ToDictionary(Convert.ToHexStringLower, StringComparer.Ordinal),
                [],
                MayAdd: true
            ),
            ct
        );

    /// <summary>
    /// Removes a tenant, or its API keys alone while a session row (a retained one, too) still refers to it.
    /// </summary>
    /// <param name="ns">Its namespace.</param>
    /// <param name="name">Its name.</param>
    /// <param name="uid">Only if the row was last written for the object of this UID. Default: whichever.</param>
    /// <param name="ct">Cancels.</param>
    public Task RemoveTenantAsync(
        string ns,
        string name,
        string? uid = null,
        CancellationToken ct = default
    ) =>
        WriteAsync(
            """
            with kept as (
                update wa.tenant t set api_keys = '{}', api_key_sources = '{}'
                 where namespace = $1 and name = $2 and gone_at is null and ($3::text is null or uid = $3::text)
                   and exists (select 1 from wa.session s where s.tenant_id = t.id)
                returning t.id),
            ended as (delete from wa.limited_api_key l using kept where l.tenant_id = kept.id),
            distrusted as (delete from wa.token_issuer i using kept where i.tenant_id = kept.id)
            delete from wa.tenant t where namespace = $1 and name = $2 and gone_at is null and ($3::text is null or uid = $3::text)
               and not exists (select 1 from wa.session s where s.tenant_id = t.id)
            """,
            [ns, name, uid],
            ct
        );

    /// <summary>
    /// Writes a webhook. A row of its name that is of another resource or tenant goes, so that the new one starts afresh; another
    /// generation ends what a pod disabled. Whether it is needed says <see cref="WebhookBefore.Is"/>: pods look again after each write.
    /// </summary>
    /// <param name="row">The webhook.</param>
    /// <param name="secrets">Its secrets; null: those that are stored stay, and without a row there will be none.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Whether there is a row of it.</returns>
    public async Task<bool> PutWebhookAsync(
        WebhookRow row,
        SealedSecrets? secrets,
        CancellationToken ct = default
    )
    {
        ArgumentNullException.ThrowIfNull(row);
        await using var work = await BeginAsync(ct);
        var isThere = await Webhooks.PutAsync(work.Connection, row, secrets, ct);
        await work.CommitAsync(ct);
        return isThere;
    }

    /// <summary>Removes a webhook, with all that was done for it.</summary>
    /// <param name="ns">Its namespace.</param>
    /// <param name="name">Its name.</param>
    /// <param name="uid">Only if the row was written for the resource of this UID. Default: whichever.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Whether there was one.</returns>
    public async Task<bool> RemoveWebhookAsync(
        string ns,
        string name,
        string? uid = null,
        CancellationToken ct = default
    )
    {
        await using var work = await BeginAsync(ct);
        if (!await Webhooks.RemoveAsync(work.Connection, ns, name, uid, ct))
            return false;
        await work.CommitAsync(ct);
        return true;
    }

    /// <summary>
    /// Writes sessions. A retained row of the same tenant and WhatsApp account is adopted with its keys. An account that another resource has is
    /// a conflict: nothing is changed for it.
    /// </summary>
    public async Task<IReadOnlyList<ProjectedSession>> PutSessionsAsync(
        IReadOnlyList<SessionRow> sessions,
        CancellationToken ct = default
    )
    {
        if (sessions.Count == 0)
            return [];
        await using var work = await BeginAsync(ct);
        await using var put = new NpgsqlCommand(SessionSql.Put, work.Connection);
        SessionSql.Bind(put, sessions);
        await put.ExecuteNonQueryAsync(ct);
        await using var read = new NpgsqlCommand(
            """
            select w.uid, own.id, held.namespace || '/' || held.name
              from unnest($1, $2) w (uid, phone)
              cross join lateral wa.phone_account(w.phone) a (account)
              left join wa.session own on own.uid = w.uid and own.account = a.account
              left join wa.session held on own.id is null and held.account = a.account and held.desired <> 'Retained'
            """,
            work.Connection
        ).With(sessions.Select(s => s.Uid).ToArray(), sessions.Select(s => s.Phone).ToArray());
        var result = await read.ReadAllAsync(
            r => new ProjectedSession(r.GetString(0), r.ValueOrNull<long>(1), r.TextOrNull(2)),
            ct
        );
        await work.CommitAsync(ct);
        return result;
    }

    /// <summary>Removes session rows with all that hangs on them: keys, owner, state, placement.</summary>
    public Task RemoveSessionsAsync(
        IReadOnlyCollection<long> ids,
        CancellationToken ct = default
    ) =>
        WriteAsync(
            """
            with p as (delete from wa.session_pairing where session_id = any ($1))
            delete from wa.session where id = any ($1)
            """,
            [ids.ToArray()],
            ct
        );

    /// <summary>Keeps the keys of a deleted session until a session of the same tenant and phone adopts them.</summary>
    public Task RetainSessionAsync(long id, CancellationToken ct = default) =>
        WriteAsync(
            """
            with p as (delete from wa.placement where session_id = $1)
            update wa.session set desired = 'Retained', retained_at = clock_timestamp() where id = $1
            """,
            [id],
            ct
        );

    /// <summary>Removes keys that were kept for longer than that, and tenants that are gone and of whom nothing is left.</summary>
    /// <returns>How many sessions' keys.</returns>
    public async Task<long> ExpireRetainedAsync(TimeSpan after, CancellationToken ct = default)
    {
        await using var work = await BeginAsync(ct);
        await using var expire = new NpgsqlCommand(
            "select wa.retained_expire($1)",
            work.Connection
        ).With(after);
        var gone = (long)(await expire.ExecuteScalarAsync(ct))!;
        await using var tenants = new NpgsqlCommand(
            """
            delete from wa.tenant t where t.gone_at is not null
               and not exists (select 1 from wa.session s where s.tenant_id = t.id)
            """,
            work.Connection
        );
        await tenants.ExecuteNonQueryAsync(ct);
        await work.CommitAsync(ct);
        return gone;
    }

    /// <summary>Removes archived keys that are older than that, a few sessions' at a time, whether the sessions have an owner or not.</summary>
    /// <returns>How many sessions' keys.</returns>
    public async Task<int> ExpireArchivesAsync(TimeSpan after, CancellationToken ct = default)
    {
        // An archive that its owner replaces or restores right now is another one, or none, by the time that it is done.
        const string sql = """
            with old as (
                select a.session_id from wa.session_archive a where a.archived_at < now() - $1
                 limit 100 for update skip locked),
            keys as (delete from wa.session_key_archive k using old where k.session_id = old.session_id)
            delete from wa.session_archive a using old where a.session_id = old.session_id
            """;
        var gone = 0;
        while (true)
        {
            await using var work = await BeginAsync(ct);
            await using var expire = new NpgsqlCommand(sql, work.Connection).With(after);
            var removed = await expire.ExecuteNonQueryAsync(ct);
            await work.CommitAsync(ct);
            gone += removed;
            if (removed == 0)
                return gone;
        }
    }

    /// <summary>Writes a batch of placement decisions in one transaction.</summary>
    public Task PlaceAsync(
        IReadOnlyList<PlacementChange> changes,
        CancellationToken ct = default
    ) => TryPlaceAsync(changes, () => true, ct);

    /// <summary><see cref="PlaceAsync"/>, unless that from which the decisions were made holds no longer.</summary>
    /// <param name="changes">The decisions.</param>
    /// <param name="stillHold">Asked right before the commit, which may be long after the call when the database is slow.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>False: nothing is written.</returns>
    public async Task<bool> TryPlaceAsync(
        IReadOnlyList<PlacementChange> changes,
        Func<bool> stillHold,
        CancellationToken ct = default
    )
    {
        if (changes.Count == 0)
            return true;
        var removed = changes.Where(c => c.Shard is null).Select(c => c.SessionId).ToArray();
        var placed = changes.Where(c => c.Shard is not null).ToArray();
        await using var work = await BeginAsync(ct);
        await using var command = new NpgsqlCommand(
            """
            with gone as (delete from wa.placement where session_id = any ($1))
            insert into wa.placement (session_id, pool_uid, ordinal, reason)
            select w.id, w.pool, w.ordinal, w.reason from unnest($2, $3, $4, $5) w (id, pool, ordinal, reason)
              join wa.session s on s.id = w.id
            on conflict (session_id) do update set pool_uid = excluded.pool_uid, ordinal = excluded.ordinal, reason = excluded.reason
            """,
            work.Connection
        ).With(
            removed,
            placed.Select(c => c.SessionId).ToArray(),
            placed.Select(c => c.Shard!.Value.PoolUid).ToArray(),
            placed.Select(c => c.Shard!.Value.Ordinal).ToArray(),
            placed.Select(c => c.Reason).ToArray()
        );
        await command.ExecuteNonQueryAsync(ct);
        if (!stillHold())
            return false;
        await work.CommitAsync(ct);
        return true;
    }

    /// <summary>From now on this pod, and no other, may take the lease of the ordinal. Its present holder keeps it.</summary>
    /// <returns>False: the pool is not projected.</returns>
    public async Task<bool> RegisterPodAsync(
        ShardId shard,
        string podUid,
        CancellationToken ct = default
    ) =>
        await WriteAsync(
            """
            with others as (delete from wa.shard_pod where pool_uid = $1 and ordinal = $2 and pod_uid <> $3)
            insert into wa.shard_pod (pool_uid, ordinal, pod_uid) select p.uid, $2, $3 from wa.pool p where p.uid = $1
            on conflict (pool_uid, ordinal, pod_uid) do update set pod_uid = excluded.pod_uid
            """,
            [shard.PoolUid, shard.Ordinal, podUid],
            ct
        ) > 0;

    /// <summary>
    /// The operator's word that (epoch, counter) stood still for a full TTL on its own monotonic clock. Takes effect only while
    /// the row still shows that pair.
    /// </summary>
    public Task<bool> DeclareLostAsync(
        ShardId shard,
        long epoch,
        long counter,
        CancellationToken ct = default
    ) =>
        ChangeLeaseAsync(
            "set lost_epoch = l.epoch, lost_counter = l.counter",
            "l.epoch = $3 and l.counter = $4 and l.state = 'Held'",
            shard,
            [epoch, counter],
            ct
        );

    /// <summary>Ends a lease on kubelet's word that every container of the holder's pod terminated; compare-and-set on pod UID and epoch.</summary>
    public Task<bool> EndLeaseAsync(
        ShardId shard,
        string podUid,
        long epoch,
        CancellationToken ct = default
    ) =>
        ChangeLeaseAsync(
            "set state = 'Ended', expires_at = wa.clock()",
            "l.pod_uid = $3 and l.epoch = $4 and l.state = 'Held'",
            shard,
            [podUid, epoch],
            ct
        );

    /// <summary>Asks the holder of (epoch) to release, since the pod <paramref name="forPodUid"/> of the same ordinal waits.</summary>
    public Task<bool> RequestStepDownAsync(
        ShardId shard,
        long epoch,
        string forPodUid,
        CancellationToken ct = default
    ) =>
        ChangeLeaseAsync(
            "set step_down_for = $4",
            "l.epoch = $3 and l.state = 'Held' and l.step_down_for is distinct from $4",
            shard,
            [epoch, forPodUid],
            ct
        );

    private async Task<bool> ChangeLeaseAsync(
        string change,
        string condition,
        ShardId shard,
        object?[] values,
        CancellationToken ct
    ) =>
        await WriteAsync(
            $"update wa.shard_lease l {change} where l.pool_uid = $1 and l.ordinal = $2 and {condition}",
            [shard.PoolUid, shard.Ordinal, .. values],
            ct
        ) > 0;

    private async Task<int> WriteAsync(string sql, object?[] values, CancellationToken ct)
    {
        await using var work = await BeginAsync(ct);
        await using var command = new NpgsqlCommand(sql, work.Connection).With(values);
        var rows = await command.ExecuteNonQueryAsync(ct);
        await work.CommitAsync(ct);
        return rows;
    }

    private async Task<Work> BeginAsync(CancellationToken ct)
    {
        var connection = await _database.OpenConnectionAsync(ct);
        try
        {
            var transaction = await connection.BeginTransactionAsync(ct);
            await using var pin = new NpgsqlCommand(
                "select 1 from wa.installation where leader_term = $1 for share",
                connection
            ).With(Term);
            if (await pin.ExecuteScalarAsync(ct) is null)
                throw new StaleTermException(Term);
            return new Work(connection, transaction);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private sealed record Work(NpgsqlConnection Connection, NpgsqlTransaction Transaction)
        : IAsyncDisposable
    {
        public Task CommitAsync(CancellationToken ct) => Commits.OfAsync(Transaction, ct);

        public async ValueTask DisposeAsync()
        {
            await Transaction.DisposeAsync();
            await Connection.DisposeAsync();
        }
    }
}
