using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>A block of a tenant's messages of 24 hours.</summary>
/// <param name="Taken">How many messages it is; 0 where the limit is reached.</param>
/// <param name="Part">The part of time that it is counted in.</param>
/// <param name="Ends">In what time it can no longer be used.</param>
/// <param name="Remaining">How many are left to all pods.</param>
/// <param name="Wait">When more will be left.</param>
public readonly record struct DayAnswer(
    int Taken,
    long Part,
    TimeSpan Ends,
    long Remaining,
    TimeSpan Wait
);

/// <summary>What is left of a block that is given back.</summary>
/// <param name="Messages">How many; 0 for none.</param>
/// <param name="Part">The part of time that it was counted in.</param>
public readonly record struct UnusedBlock(int Messages, long Part);

/// <summary>Who divides a tenant's limit while Redis is away.</summary>
/// <param name="Shards">Shards that own sessions of the tenant, 0 or more.</param>
/// <param name="Rank">How many of them stand before the caller's.</param>
public readonly record struct Serving(int Shards, int Rank);

/// <summary>Limits of tenants and what is left of them, in one place for all pods.</summary>
public sealed class TenantQuotas(NpgsqlDataSource database)
{
    /// <summary>The tenant's settings; null if the caller owns no session of such a tenant.</summary>
    /// <exception cref="System.Text.Json.JsonException">They are of another shape.</exception>
    public async Task<TenantSettings?> ReadSettingsAsync(
        long tenant,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command("select wa.tenant_settings($1)", tenant);
        return await command.ExecuteScalarAsync(ct) is string json
            ? TenantSettings.FromJson(json)
            : null;
    }

    /// <summary>Takes messages from the tenant's minute, which all pods count in the database.</summary>
    /// <param name="tenant">The tenant's key.</param>
    /// <param name="limit">Messages in a minute, 1 or more.</param>
    /// <param name="asked">How many are to be sent, 0 or more.</param>
    /// <param name="ct">Cancels; the messages may be counted all the same.</param>
    public async Task<WindowAnswer> TakeMinuteAsync(
        long tenant,
        int limit,
        int asked,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            "select taken, held, wait_ms from wa.tenant_minute_take($1, $2, $3)",
            tenant,
            limit,
            asked
        );
        var rows = await command.ReadAllAsync(
            r => new WindowAnswer(
                r.GetInt32(0),
                r.GetInt64(1),
                TimeSpan.FromMilliseconds(r.GetInt64(2))
            ),
            ct
        );
        return rows.Single();
    }

    /// <summary>Takes a block of messages from the tenant's 24 hours.</summary>
    /// <param name="tenant">The tenant's key.</param>
    /// <param name="limit">Messages in 24 hours, 1 or more.</param>
    /// <param name="needed">How many are to be sent now, 0 or more.</param>
    /// <param name="asked">How many are liked, <paramref name="needed"/> or more; fewer are given where little is left.</param>
    /// <param name="unused">What is left of the block before.</param>
    /// <param name="ct">Cancels; the messages may be counted all the same.</param>
    public async Task<DayAnswer> TakeDayAsync(
        long tenant,
        int limit,
        int needed,
        int asked,
        UnusedBlock unused,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            "select taken, part, ends_ms, remaining, wait_ms from wa.tenant_day_take($1, $2, $3, $4, $5, $6)",
            tenant,
            limit,
            needed,
            asked,
            unused.Messages,
            unused.Part
        );
        var rows = await command.ReadAllAsync(
            r => new DayAnswer(
                r.GetInt32(0),
                r.GetInt64(1),
                TimeSpan.FromMilliseconds(r.GetInt64(2)),
                r.GetInt64(3),
                TimeSpan.FromMilliseconds(r.GetInt64(4))
            ),
            ct
        );
        return rows.Single();
    }

    /// <summary>Who serves the tenant now.</summary>
    public async Task<Serving> ServingAsync(long tenant, CancellationToken ct = default)
    {
        var rows = await database.LookUpAsync(
            "select shards, rank from wa.tenant_serving($1)",
            [tenant],
            r => new Serving(r.GetInt32(0), r.GetInt32(1)),
            ct
        );
        return rows.Single();
    }
}
