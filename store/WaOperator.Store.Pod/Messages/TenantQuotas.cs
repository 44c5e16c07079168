using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>Which limit of a tenant is reached.</summary>
public enum QuotaLimit
{
    /// <summary>Messages per minute.</summary>
    Minute,

    /// <summary>Messages per minute to this recipient.</summary>
    Recipient,

    /// <summary>Messages in 24 hours.</summary>
    Day,
}

/// <summary>Whether a message may be sent by the limits of its tenant.</summary>
/// <param name="Refused">The limit that is reached; null if the message may be sent, and then it is counted.</param>
/// <param name="RetryAfter">When it may be tried again.</param>
public readonly record struct QuotaAnswer(QuotaLimit? Refused, TimeSpan RetryAfter);

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

    /// <summary>Takes messages from the tenant's limits: all those that fit are counted, in the order given.</summary>
    /// <param name="tenant">The tenant's key.</param>
    /// <param name="recipients">Of each message a keyed hash of its recipient.</param>
    /// <param name="limits">The limits.</param>
    /// <param name="ct">Cancels; the messages may be counted all the same.</param>
    /// <returns>An answer for each message.</returns>
    public async Task<IReadOnlyList<QuotaAnswer>> TakeAsync(
        long tenant,
        IReadOnlyList<RecordName> recipients,
        MessageLimits limits,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            "select refused, retry_ms from wa.tenant_take($1, $2, $3, $4, $5)",
            tenant,
            recipients.Select(r => r.ToBytes()).ToArray(),
            limits.MessagesPerMinute,
            limits.MessagesPerRecipientPerMinute,
            limits.MessagesPerDay
        );
        return await command.ReadAllAsync(
            r => new QuotaAnswer(
                r.TextOrNull(0) switch
                {
                    null => null,
                    "minute" => QuotaLimit.Minute,
                    "recipient" => QuotaLimit.Recipient,
                    _ => QuotaLimit.Day,
                },
                TimeSpan.FromMilliseconds(r.GetInt64(1))
            ),
            ct
        );
    }
}
