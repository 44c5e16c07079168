using Npgsql;

namespace WaOperator.Store.Gateway;

/// <summary>A webhook of a tenant, as pods reported it last.</summary>
/// <param name="Id">Its key in the database; pages continue behind it.</param>
/// <param name="TenantId">The tenant's key in the database.</param>
/// <param name="Namespace">Namespace of its resource.</param>
/// <param name="Name">Name of its resource.</param>
/// <param name="Url">Where it posts to.</param>
/// <param name="Paused">Whether it posts nothing because its resource says so.</param>
/// <param name="DisabledAt">When it was disabled; null: it is not.</param>
/// <param name="DisabledReason">Why.</param>
/// <param name="Backlog">Events that wait, at most.</param>
/// <param name="OldestAt">When the oldest of them happened, as far as known.</param>
/// <param name="Parked">Events that are tried again later.</param>
/// <param name="Dead">Events that were given up.</param>
/// <param name="FailingSince">Since when its endpoint fails; null: it does not.</param>
/// <param name="LastSuccessAt">When an event was taken last; null for never.</param>
/// <param name="LastError">What went wrong last; null for nothing yet.</param>
/// <param name="LastErrorAt">When.</param>
public sealed record TenantWebhook(
    long Id,
    long TenantId,
    string Namespace,
    string Name,
    string Url,
    bool Paused,
    DateTimeOffset? DisabledAt,
    string? DisabledReason,
    long Backlog,
    DateTimeOffset? OldestAt,
    long Parked,
    long Dead,
    DateTimeOffset? FailingSince,
    DateTimeOffset? LastSuccessAt,
    string? LastError,
    DateTimeOffset? LastErrorAt
);

/// <summary>What names an event of a webhook.</summary>
/// <param name="Session">The session's key in the database.</param>
/// <param name="Seq">The event's number in its session's journal.</param>
public readonly record struct PostedEvent(long Session, long Seq);

/// <summary>An event that a webhook has given up.</summary>
/// <param name="Event">Which one.</param>
/// <param name="Namespace">The namespace of its session; null: the session is gone.</param>
/// <param name="Session">The name of its session; null: the session is gone.</param>
/// <param name="Type">Its type, as the journal has it.</param>
/// <param name="Attempts">How often it was posted.</param>
/// <param name="Error">What its endpoint said last.</param>
/// <param name="At">When it happened.</param>
/// <param name="DeadAt">When it was given up.</param>
public sealed record DeadEvent(
    PostedEvent Event,
    string? Namespace,
    string? Session,
    string Type,
    int Attempts,
    string Error,
    DateTimeOffset At,
    DateTimeOffset DeadAt
);

/// <summary>The webhooks of tenants.</summary>
public sealed class TenantWebhooks(NpgsqlDataSource database)
{
    /// <summary>The most events of one call of <see cref="RetryAsync"/>.</summary>
    public const int MaxRetried = 10_000;

    /// <summary>Webhooks in the order of their keys.</summary>
    /// <param name="tenants">The tenants whose webhooks are asked for.</param>
    /// <param name="ns">In this namespace; null for any.</param>
    /// <param name="name">Of this name; null for any.</param>
    /// <param name="after">The key of the last one that is known already; 0 from the first on.</param>
    /// <param name="limit">How many at most, 1 to 1,000.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task<IReadOnlyList<TenantWebhook>> ReadAsync(
        IReadOnlyCollection<long> tenants,
        string? ns,
        string? name,
        long after,
        int limit,
        CancellationToken ct = default
    ) =>
        await database.LookUpAsync(
            """
            select id, tenant_id, namespace, name, url, paused, disabled_at, disabled_reason, backlog, oldest_at, parked, dead,
                   failing_since, last_success_at, last_error, last_error_at
              from wa.tenant_webhooks($1, $2::text, $3::text, $4, $5)
            """,
            [tenants.ToArray(), ns, name, after, limit],
            r => new TenantWebhook(
                r.GetInt64(0),
                r.GetInt64(1),
                r.GetString(2),
                r.GetString(3),
                r.GetString(4),
                r.GetBoolean(5),
                r.ValueOrNull<DateTimeOffset>(6),
                r.TextOrNull(7),
                r.GetInt64(8),
                r.ValueOrNull<DateTimeOffset>(9),
                r.GetInt64(10),
                r.GetInt64(11),
                r.ValueOrNull<DateTimeOffset>(12),
                r.ValueOrNull<DateTimeOffset>(13),
                r.TextOrNull(14),
                r.ValueOrNull<DateTimeOffset>(15)
            ),
            ct
        );

    /// <summary>Events that a webhook has given up, in the order of sessions and journals.</summary>
    /// <param name="webhook">Its key in the database.</param>
    /// <param name="tenants">Whose it may be.</param>
    /// <param name="after">The last one that is known already; default from the first on.</param>
    /// <param name="limit">How many at most, 1 to 1,000.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task<IReadOnlyList<DeadEvent>> ReadDeadAsync(
        long webhook,
        IReadOnlyCollection<long> tenants,
        PostedEvent after,
        int limit,
        CancellationToken ct = default
    ) =>
        await database.LookUpAsync(
            """
            select session_id, seq, namespace, name, type, attempts, error, at, dead_at
              from wa.webhook_dead($1, $2, $3, $4, $5)
            """,
            [webhook, tenants.ToArray(), after.Session, after.Seq, limit],
            r => new DeadEvent(
                new(r.GetInt64(0), r.GetInt64(1)),
                r.TextOrNull(2),
                r.TextOrNull(3),
                r.GetString(4),
                r.GetInt32(5),
                r.GetString(6),
                r.GetFieldValue<DateTimeOffset>(7),
                r.GetFieldValue<DateTimeOffset>(8)
            ),
            ct
        );

    /// <summary>The pods that post for a webhook.</summary>
    /// <param name="webhook">Its key in the database.</param>
    /// <param name="tenants">Whose it may be.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task<IReadOnlyList<ServedPlace>> ReadPodsAsync(
        long webhook,
        IReadOnlyCollection<long> tenants,
        CancellationToken ct = default
    ) =>
        await database.LookUpAsync(
            "select tenant_id, pod_name, pod_namespace from wa.webhook_pods($1, $2)",
            [webhook, tenants.ToArray()],
            r => new ServedPlace(r.GetInt64(0), r.GetString(1), r.GetString(2)),
            ct
        );

    /// <summary>Lets events that were given up be posted once more.</summary>
    /// <param name="webhook">Its key in the database.</param>
    /// <param name="tenants">Whose it may be.</param>
    /// <param name="events">Which; null for all, at most <see cref="MaxRetried"/>, those first that were given up first.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>How many.</returns>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task<int> RetryAsync(
        long webhook,
        IReadOnlyCollection<long> tenants,
        IReadOnlyCollection<PostedEvent>? events,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            "select wa.webhook_retry($1, $2, $3::bigint[], $4::bigint[], $5)",
            webhook,
            tenants.ToArray(),
            events?.Select(e => e.Session).ToArray(),
            events?.Select(e => e.Seq).ToArray(),
            MaxRetried
        );
        return (int)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Lets a webhook that was disabled post again, from where it was.</summary>
    /// <param name="webhook">Its key in the database.</param>
    /// <param name="tenants">Whose it may be.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>False: it was not disabled.</returns>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task<bool> ResumeAsync(
        long webhook,
        IReadOnlyCollection<long> tenants,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            "select wa.webhook_resume($1, $2)",
            webhook,
            tenants.ToArray()
        );
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }
}
