using Npgsql;

namespace WaOperator.Store.Gateway;

/// <summary>Events of a span of time that a webhook is to post once more.</summary>
/// <param name="From">Those from this time on.</param>
/// <param name="To">And before this one.</param>
/// <param name="Failed">Only those that were given up.</param>
/// <param name="Session">Of this session; null: of all of which it has posted.</param>
public sealed record ReplaySpan(
    DateTimeOffset From,
    DateTimeOffset To,
    bool Failed,
    SessionName? Session
);

/// <summary>What became of the wish for a replay.</summary>
public enum ReplayOutcome
{
    /// <summary>It has begun.</summary>
    Begun,

    /// <summary>The tenant has no such session.</summary>
    NoSession,

    /// <summary>One of the sessions has a replay of the webhook that is not done.</summary>
    Running,

    /// <summary>They are of more sessions than <see cref="TenantReplays.MaxSessions"/>.</summary>
    TooMany,
}

/// <summary>A replay as its pods reported it.</summary>
/// <param name="Number">Its number among those of its webhook.</param>
/// <param name="Span">What is posted.</param>
/// <param name="AskedAt">When it was asked for.</param>
/// <param name="Sessions">Of how many sessions it is, as far as no later one is of them.</param>
/// <param name="Done">How many of them are done.</param>
/// <param name="Posted">Events that were taken.</param>
/// <param name="Refused">Events that were not.</param>
/// <param name="Cancelled">Whether it was ended before it was done.</param>
/// <param name="DoneAt">When all was done; null: it is not.</param>
public sealed record TenantReplay(
    long Number,
    ReplaySpan Span,
    DateTimeOffset AskedAt,
    long Sessions,
    long Done,
    long Posted,
    long Refused,
    bool Cancelled,
    DateTimeOffset? DoneAt
);

/// <summary>The replays of tenants' webhooks.</summary>
public sealed class TenantReplays(NpgsqlDataSource database)
{
    /// <summary>Sessions of one replay at most.</summary>
    public const int MaxSessions = 20_000;

    private const int MaxListed = 100;

    /// <summary>Begins one.</summary>
    /// <param name="webhook">The webhook's key in the database.</param>
    /// <param name="tenants">Whose it may be.</param>
    /// <param name="span">What is posted.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>What became of it, its number, and of how many sessions it is.</returns>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task<(ReplayOutcome Outcome, long Number, long Sessions)> BeginAsync(
        long webhook,
        IReadOnlyCollection<long> tenants,
        ReplaySpan span,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            "select outcome, replay, sessions from wa.webhook_replay_begin($1, $2, $3::text, $4::text, $5, $6, $7, $8)",
            webhook,
            tenants.ToArray(),
            span.Session?.Namespace,
            span.Session?.Name,
            span.From.ToUniversalTime(),
            span.To.ToUniversalTime(),
            span.Failed,
            MaxSessions
        );
        var answers = await command.ReadAllAsync(
            r => (Enum.Parse<ReplayOutcome>(r.GetString(0)), r.GetInt64(1), r.GetInt64(2)),
            ct
        );
        return answers.Single();
    }

    /// <summary>The newest of a webhook.</summary>
    /// <param name="webhook">The webhook's key in the database.</param>
    /// <param name="tenants">Whose it may be.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task<IReadOnlyList<TenantReplay>> ReadAsync(
        long webhook,
        IReadOnlyCollection<long> tenants,
        CancellationToken ct = default
    ) =>
        await database.LookUpAsync(
            """
            select replay, namespace, name, from_at, to_at, failed, asked_at, sessions, done, posted, refused, cancelled, done_at
              from wa.webhook_replays($1, $2, $3)
            """,
            [webhook, tenants.ToArray(), MaxListed],
            r => new TenantReplay(
                r.GetInt64(0),
                new(
                    r.GetFieldValue<DateTimeOffset>(3),
                    r.GetFieldValue<DateTimeOffset>(4),
                    r.GetBoolean(5),
                    r.TextOrNull(1) is { } ns ? new(ns, r.GetString(2)) : null
                ),
                r.GetFieldValue<DateTimeOffset>(6),
                r.GetInt64(7),
                r.GetInt64(8),
                r.GetInt64(9),
                r.GetInt64(10),
                r.GetBoolean(11),
                r.ValueOrNull<DateTimeOffset>(12)
            ),
            ct
        );

    /// <summary>Ends all of a webhook.</summary>
    /// <param name="webhook">The webhook's key in the database.</param>
    /// <param name="tenants">Whose it may be.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>In how many sessions one was not done.</returns>
    /// <exception cref="NpgsqlException">PostgreSQL is away.</exception>
    public async Task<long> CancelAsync(
        long webhook,
        IReadOnlyCollection<long> tenants,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            "select wa.webhook_replay_cancel($1, $2)",
            webhook,
            tenants.ToArray()
        );
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }
}
