using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>Webhooks as the operator wrote them, the keys of their secrets, and what pods tell of them.</summary>
public sealed class WebhookRegister(NpgsqlDataSource database)
{
    /// <summary>Reports in one statement at most.</summary>
    public const int MaxReports = 500;

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
            select id, tenant_id, namespace, name, generation, settings::text, box_key, secrets, secrets_tag, created_at, disabled_at, retries,
                   replays, challenged_url
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
                Replays = r.GetInt64(12),
                ChallengedUrl = r.TextOrNull(13),
            },
            ct
        );
    }

    /// <summary>How many pods run sessions that a webhook asks for; 0: it is gone.</summary>
    public async Task<int> CountPodsAsync(long webhook, CancellationToken ct = default)
    {
        await using var command = database.Command("select wa.webhook_pods($1)", webhook);
        return await command.ExecuteScalarAsync(ct) as int? ?? 0;
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

    /// <summary>An address has answered the challenge of a webhook that still posts to it.</summary>
    public async Task ChallengedAsync(long webhook, string url, CancellationToken ct = default)
    {
        try
        {
            await database.CommitAsync("select wa.webhook_challenged($1, $2)", [webhook, url], ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            // No session of its tenant is run here any more: who runs one asks again.
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

    /// <summary>Writes reports together; those of an older lease epoch, or of webhooks that are gone, change nothing.</summary>
    /// <param name="shard">Whose they are.</param>
    /// <param name="leaseEpoch">Its lease epoch.</param>
    /// <param name="reports">Up to <see cref="MaxReports"/>, one of a webhook.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>False: nothing was written; what is still news comes with the next.</returns>
    public async Task<bool> ReportAsync(
        ShardId shard,
        long leaseEpoch,
        IReadOnlyList<(long Webhook, WebhookReport Report)> reports,
        CancellationToken ct = default
    )
    {
        try
        {
            await database.CommitAsync(
                """
                insert into wa.webhook_report as r (webhook_id, pool_uid, ordinal, lease_epoch, backlog, oldest_at, parked, dead,
                    failing_since, last_success_at, last_error, last_error_at, reported_at)
                select w.id, $1, $2, $3, x.backlog, x.oldest_at, x.parked, x.dead, x.failing_since, x.last_success_at, x.last_error,
                       x.last_error_at, c.now
                  from unnest($4::bigint[], $5::bigint[], $6::timestamptz[], $7::bigint[], $8::bigint[], $9::timestamptz[],
                              $10::timestamptz[], $11::text[], $12::timestamptz[])
                       x (webhook, backlog, oldest_at, parked, dead, failing_since, last_success_at, last_error, last_error_at)
                  join wa.webhook w on w.id = x.webhook
                 cross join (select wa.clock() as now) c
                on conflict (webhook_id, pool_uid, ordinal) do update set lease_epoch = excluded.lease_epoch,
                   backlog = excluded.backlog, oldest_at = excluded.oldest_at, parked = excluded.parked, dead = excluded.dead,
                   failing_since = excluded.failing_since, last_success_at = excluded.last_success_at,
                   last_error = excluded.last_error, last_error_at = excluded.last_error_at, reported_at = excluded.reported_at
                 where r.lease_epoch <= excluded.lease_epoch
                """,
                [
                    shard.PoolUid,
                    shard.Ordinal,
                    leaseEpoch,
                    Of(r => r.Webhook),
                    Of(r => r.Report.Backlog),
                    Of(r => Time(r.Report.OldestAt)),
                    Of(r => r.Report.Parked),
                    Of(r => r.Report.Dead),
                    Of(r => Time(r.Report.FailingSince)),
                    Of(r => Time(r.Report.LastSuccessAt)),
                    Of(r => Text(r.Report.LastError)),
                    Of(r => Time(r.Report.LastErrorAt)),
                ],
                ct
            );
            return true;
        }
        catch (PostgresException e)
            when (e.SqlState
                    is PostgresErrorCodes.ForeignKeyViolation
                        or PostgresErrorCodes.InsufficientPrivilege
            )
        {
            // One was deleted meanwhile, or the lease has ended.
            return false;
        }

        T[] Of<T>(Func<(long Webhook, WebhookReport Report), T> value) =>
            [.. reports.Select(value)];
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
