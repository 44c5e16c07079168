using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>Webhooks as the operator wrote them, the keys of their secrets, and what pods tell of them.</summary>
public sealed class WebhookRegister(NpgsqlDataSource database)
{
    /// <summary>Counts changes of webhooks.</summary>
    public async Task<long> ReadChangeAsync(CancellationToken ct = default)
    {
        await using var command = database.Command("select version from wa.webhook_change");
        return await command.ExecuteScalarAsync(ct) as long? ?? 0;
    }

    /// <summary>The webhooks of the tenants that the caller serves.</summary>
    public async Task<IReadOnlyList<StoredWebhook>> ReadAsync(CancellationToken ct = default)
    {
        await using var command = database.Command(
            """
            select id, tenant_id, namespace, name, generation, settings::text, box_key, secrets, secrets_tag, created_at, disabled_at, retries
              from wa.webhook
            """
        );
        return await command.ReadAllAsync(
            r => new StoredWebhook
            {
                Id = r.GetInt64(0),
                TenantId = r.GetInt64(1),
                Namespace = r.GetString(2),
                Name = r.GetString(3),
                Generation = r.GetInt64(4),
                Settings = r.GetString(5),
                BoxKey = r.GetInt64(6),
                Secrets = r.GetFieldValue<byte[]>(7),
                SecretsTag = r.GetFieldValue<byte[]>(8),
                CreatedAt = r.GetFieldValue<DateTimeOffset>(9),
                DisabledAt = r.ValueOrNull<DateTimeOffset>(10),
                Retries = r.GetInt64(11),
            },
            ct
        );
    }

    /// <summary>Offers a key for the case that there is none yet.</summary>
    /// <returns>All keys, the newest first.</returns>
    public async Task<IReadOnlyList<BoxKeyRow>> OfferKeyAsync(
        byte[] publicKey,
        byte[] privateBox,
        CancellationToken ct = default
    ) =>
        await database.CommitAsync(
            "select id, public_key, private_box from wa.box_key_offer($1, $2)",
            [publicKey, privateBox],
            r => new BoxKeyRow(
                r.GetInt64(0),
                r.GetFieldValue<byte[]>(1),
                r.GetFieldValue<byte[]>(2)
            ),
            ct
        );

    /// <summary>Disables a webhook as it is described now.</summary>
    /// <param name="webhook">The webhook.</param>
    /// <param name="generation">Of its resource.</param>
    /// <param name="reason">Why.</param>
    /// <param name="unless">Not if any pod posted to it since; null: whether or not.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>False: it takes events of others, is described otherwise by now, or disabled already.</returns>
    public async Task<bool> DisableAsync(
        long webhook,
        long generation,
        string reason,
        DateTimeOffset? unless = null,
        CancellationToken ct = default
    )
    {
        try
        {
            var answers = await database.CommitAsync(
                "select wa.webhook_disable($1, $2, $3, $4::timestamptz)",
                [webhook, generation, reason, Time(unless)],
                r => r.GetBoolean(0),
                ct
            );
            return answers.Single();
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            // No session of its tenant is run here any more.
            return false;
        }
    }

    /// <summary>What this shard reported before. That the endpoint failed counts for 15 minutes: a report is written with each failure.</summary>
    public async Task<WebhookReport?> ReadReportAsync(
        long webhook,
        ShardId shard,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            """
            select backlog, oldest_at, parked, dead,
                   case when reported_at > wa.clock() - interval '15 minutes' then failing_since end,
                   last_success_at, last_error, last_error_at
              from wa.webhook_report where webhook_id = $1 and pool_uid = $2 and ordinal = $3
            """,
            webhook,
            shard.PoolUid,
            shard.Ordinal
        );
        var found = await command.ReadAllAsync(
            r => new WebhookReport
            {
                Backlog = r.GetInt64(0),
                OldestAt = r.ValueOrNull<DateTimeOffset>(1),
                Parked = r.GetInt64(2),
                Dead = r.GetInt64(3),
                FailingSince = r.ValueOrNull<DateTimeOffset>(4),
                LastSuccessAt = r.ValueOrNull<DateTimeOffset>(5),
                LastError = r.TextOrNull(6),
                LastErrorAt = r.ValueOrNull<DateTimeOffset>(7),
            },
            ct
        );
        return found.SingleOrDefault();
    }

    /// <summary>Writes a report; one of an older lease epoch, or of a webhook that is gone, changes nothing.</summary>
    public async Task ReportAsync(
        long webhook,
        ShardId shard,
        long leaseEpoch,
        WebhookReport report,
        CancellationToken ct = default
    )
    {
        try
        {
            await database.CommitAsync(
                """
                insert into wa.webhook_report as r (webhook_id, pool_uid, ordinal, lease_epoch, backlog, oldest_at, parked, dead,
                    failing_since, last_success_at, last_error, last_error_at, reported_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, wa.clock())
                on conflict (webhook_id, pool_uid, ordinal) do update set lease_epoch = excluded.lease_epoch,
                   backlog = excluded.backlog, oldest_at = excluded.oldest_at, parked = excluded.parked, dead = excluded.dead,
                   failing_since = excluded.failing_since, last_success_at = excluded.last_success_at,
                   last_error = excluded.last_error, last_error_at = excluded.last_error_at, reported_at = excluded.reported_at
                 where r.lease_epoch <= excluded.lease_epoch
                """,
                [
                    webhook,
                    shard.PoolUid,
                    shard.Ordinal,
                    leaseEpoch,
                    report.Backlog,
                    Time(report.OldestAt),
                    report.Parked,
                    report.Dead,
                    Time(report.FailingSince),
                    Time(report.LastSuccessAt),
                    Text(report.LastError),
                    Time(report.LastErrorAt),
                ],
                ct
            );
        }
        catch (PostgresException e)
            when (e.SqlState
                    is PostgresErrorCodes.ForeignKeyViolation
                        or PostgresErrorCodes.InsufficientPrivilege
            )
        {
            // It was deleted meanwhile, or the lease has ended.
        }
    }

    /// <summary>Removes this shard's report: it runs no session of that webhook any more.</summary>
    public Task RemoveReportAsync(long webhook, ShardId shard, CancellationToken ct = default) =>
        database.CommitAsync(
            "delete from wa.webhook_report where webhook_id = $1 and pool_uid = $2 and ordinal = $3",
            [webhook, shard.PoolUid, shard.Ordinal],
            ct
        );

    private static DateTimeOffset? Time(DateTimeOffset? at) => at?.ToUniversalTime();

    private static string? Text(string? text) => text is { Length: > 300 } ? text[..300] : text;
}
