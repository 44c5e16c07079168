using Npgsql;

namespace WaOperator.Store.Operator;

/// <summary>The rows of webhooks. Pods look at all of them after each statement that writes one, whether or not it changed a row.</summary>
internal static class Webhooks
{
    /// <summary>
    /// Stores a webhook. A row of its name that is of another resource or tenant goes, with all that was done for it; another generation
    /// ends what a pod disabled.
    /// </summary>
    /// <param name="connection">In a transaction.</param>
    /// <param name="row">The webhook.</param>
    /// <param name="secrets">Its secrets; null: those that are stored stay, and without a row there will be none.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Whether there is a row of it.</returns>
    public static async Task<bool> PutAsync(
        NpgsqlConnection connection,
        WebhookRow row,
        SealedSecrets? secrets,
        CancellationToken ct
    )
    {
        await using var read = new NpgsqlCommand(
            "select uid = $3 and tenant_id = $4 from wa.webhook where namespace = $1 and name = $2 for update",
            connection
        ).With(row.Namespace, row.Name, row.Uid, row.TenantId);
        var isOf = (bool?)await read.ExecuteScalarAsync(ct);
        if (isOf == false)
            await DeleteAsync(connection, row.Namespace, row.Name, ct);
        if (isOf == true)
        {
            if (secrets is null)
                await PauseAsync(connection, row, ct);
            else
                await UpdateAsync(connection, row, secrets, ct);
            return true;
        }
        if (secrets is null)
            return false;
        await using var insert = new NpgsqlCommand(
            """
            insert into wa.webhook (namespace, name, uid, tenant_id, generation, settings, box_key, secrets, secrets_tag)
            values ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9)
            """,
            connection
        ).With(
            row.Namespace,
            row.Name,
            row.Uid,
            row.TenantId,
            row.Generation,
            row.Settings.ToJson(),
            secrets.BoxKey,
            secrets.Box,
            secrets.Tag
        );
        await insert.ExecuteNonQueryAsync(ct);
        return true;
    }

    /// <summary>Removes a webhook, with all that was done for it.</summary>
    /// <param name="connection">In a transaction.</param>
    /// <param name="ns">Its namespace.</param>
    /// <param name="name">Its name.</param>
    /// <param name="uid">Only the row of that resource; null: whichever.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Whether there was one.</returns>
    public static async Task<bool> RemoveAsync(
        NpgsqlConnection connection,
        string ns,
        string name,
        string? uid,
        CancellationToken ct
    )
    {
        await using var read = new NpgsqlCommand(
            "select 1 from wa.webhook where namespace = $1 and name = $2 and uid = coalesce($3::text, uid) for update",
            connection
        ).With(ns, name, uid);
        if (await read.ExecuteScalarAsync(ct) is null)
            return false;
        await DeleteAsync(connection, ns, name, ct);
        return true;
    }

    /// <summary>What there is of a webhook, beside what is to be stored.</summary>
    public static async Task<WebhookSight> SeeAsync(
        NpgsqlDataSource database,
        WebhookRow row,
        CancellationToken ct
    )
    {
        await using var command = database.Command(
            """
            select k.id, k.public_key, w.uid, w.tenant_id, t.name, w.generation, w.settings = $3::jsonb,
                   coalesce((w.settings->>'paused')::boolean, false), w.box_key, w.secrets_tag
              from (select $1::text, $2::text) o (namespace, name)
              left join lateral (select id, public_key from wa.box_key order by id desc limit 1) k on true
              left join wa.webhook w on w.namespace = o.namespace and w.name = o.name
              left join wa.tenant t on t.id = w.tenant_id
            """,
            row.Namespace,
            row.Name,
            row.Settings.ToJson()
        );
        var found = await command.ReadAllAsync(
            r => new WebhookSight(
                r.IsDBNull(0) ? null : new(r.GetInt64(0), r.GetFieldValue<byte[]>(1)),
                r.IsDBNull(2)
                    ? null
                    : new(
                        r.GetString(2),
                        r.GetInt64(3),
                        r.GetString(4),
                        r.GetInt64(5),
                        r.GetBoolean(6),
                        r.GetBoolean(7),
                        r.GetInt64(8),
                        r.GetFieldValue<byte[]>(9)
                    )
            ),
            ct
        );
        return found.Single();
    }

    /// <summary>The webhooks that have a row.</summary>
    public static async Task<IReadOnlyList<StoredWebhook>> ListAsync(
        NpgsqlDataSource database,
        CancellationToken ct
    )
    {
        await using var command = database.Command("select namespace, name, uid from wa.webhook");
        return await command.ReadAllAsync(Which, ct);
    }

    /// <summary>
    /// What pods report, all shards together. What a shard counted counts while it holds the lease under which it counted, and a minute
    /// longer where no later one is held: its sessions may be counted by others then.
    /// </summary>
    public static async Task<IReadOnlyList<WebhookReport>> ReportsAsync(
        NpgsqlDataSource database,
        CancellationToken ct
    )
    {
        await using var command = database.Command(
            """
            select w.namespace, w.name, w.uid, w.generation, w.disabled_at, w.disabled_reason,
                   c.backlog, c.oldest_at, c.parked, c.dead, c.failing_since, c.last_success_at, e.last_error, e.last_error_at
              from wa.webhook w
              left join (
                   select r.webhook_id,
                          least(sum(r.backlog) filter (where n.live), 9223372036854775807)::bigint backlog,
                          min(r.oldest_at) filter (where n.live) oldest_at,
                          least(sum(r.parked) filter (where n.live), 9223372036854775807)::bigint parked,
                          least(sum(r.dead) filter (where n.live), 9223372036854775807)::bigint dead,
                          min(r.failing_since) filter (where n.live) failing_since,
                          max(r.last_success_at) last_success_at
                     from wa.webhook_report r
                     left join wa.shard_lease l on l.pool_uid = r.pool_uid and l.ordinal = r.ordinal
                    cross join lateral (
                          select l.epoch = r.lease_epoch and (l.state = 'Held' or r.reported_at > now() - interval '1 minute') live) n
                    group by r.webhook_id) c on c.webhook_id = w.id
              left join (
                   select distinct on (r.webhook_id) r.webhook_id, r.last_error, r.last_error_at
                     from wa.webhook_report r where r.last_error_at is not null
                    order by r.webhook_id, r.last_error_at desc) e on e.webhook_id = w.id
            """
        );
        return await command.ReadAllAsync(
            r => new WebhookReport(Which(r), r.GetInt64(3))
            {
                DisabledAt = r.ValueOrNull<DateTimeOffset>(4),
                DisabledReason = r.TextOrNull(5),
                Backlog = r.ValueOrNull<long>(6),
                OldestAt = r.ValueOrNull<DateTimeOffset>(7),
                Parked = r.ValueOrNull<long>(8),
                Dead = r.ValueOrNull<long>(9),
                FailingSince = r.ValueOrNull<DateTimeOffset>(10),
                LastSuccessAt = r.ValueOrNull<DateTimeOffset>(11),
                LastError = r.TextOrNull(12),
                LastErrorAt = r.ValueOrNull<DateTimeOffset>(13),
            },
            ct
        );
    }

    // Nothing else of it: what was secret for one address must not be posted to another.
    private static async Task PauseAsync(
        NpgsqlConnection connection,
        WebhookRow row,
        CancellationToken ct
    )
    {
        await using var update = new NpgsqlCommand(
            """
            update wa.webhook set settings = jsonb_set(settings, '{paused}', to_jsonb($3::boolean))
             where namespace = $1 and name = $2
            """,
            connection
        ).With(row.Namespace, row.Name, row.Settings.Paused);
        await update.ExecuteNonQueryAsync(ct);
    }

    private static async Task UpdateAsync(
        NpgsqlConnection connection,
        WebhookRow row,
        SealedSecrets secrets,
        CancellationToken ct
    )
    {
        await using var update = new NpgsqlCommand(
            """
            update wa.webhook w
               set generation = $3, settings = $4::jsonb, box_key = $5, secrets = $6, secrets_tag = $7,
                   disabled_at = case when w.generation = $3 then w.disabled_at end,
                   disabled_reason = case when w.generation = $3 then w.disabled_reason end
             where namespace = $1 and name = $2
            """,
            connection
        ).With(
            row.Namespace,
            row.Name,
            row.Generation,
            row.Settings.ToJson(),
            secrets.BoxKey,
            secrets.Box,
            secrets.Tag
        );
        await update.ExecuteNonQueryAsync(ct);
    }

    private static async Task DeleteAsync(
        NpgsqlConnection connection,
        string ns,
        string name,
        CancellationToken ct
    )
    {
        await using var delete = new NpgsqlCommand(
            "delete from wa.webhook where namespace = $1 and name = $2",
            connection
        ).With(ns, name);
        await delete.ExecuteNonQueryAsync(ct);
    }

    private static StoredWebhook Which(NpgsqlDataReader r) =>
        new(r.GetString(0), r.GetString(1), r.GetString(2));
}
