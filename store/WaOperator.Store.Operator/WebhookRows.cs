namespace WaOperator.Store.Operator;

/// <summary>A webhook as it is to be stored, secrets aside.</summary>
/// <param name="Namespace">Namespace of the resource.</param>
/// <param name="Name">Name of the resource.</param>
/// <param name="Uid">UID of the resource.</param>
/// <param name="TenantId">Its tenant's key.</param>
/// <param name="Generation">Generation of the resource.</param>
/// <param name="Settings">What pods act on.</param>
public sealed record WebhookRow(
    string Namespace,
    string Name,
    string Uid,
    long TenantId,
    long Generation,
    WebhookSettings Settings
);

/// <summary>A key that secrets are sealed to.</summary>
/// <param name="Id">Its key in the database.</param>
/// <param name="Public">Its public part.</param>
public sealed record BoxKey(long Id, byte[] Public);

/// <summary>A webhook's secrets, sealed.</summary>
/// <param name="BoxKey">What key they are sealed to.</param>
/// <param name="Box">The box, which differs each time.</param>
/// <param name="Tag">Which secrets they are.</param>
public sealed record SealedSecrets(long BoxKey, byte[] Box, byte[] Tag);

/// <summary>Which webhook a row is of.</summary>
/// <param name="Namespace">Namespace of the resource.</param>
/// <param name="Name">Name of the resource.</param>
/// <param name="Uid">UID of the resource.</param>
public sealed record StoredWebhook(string Namespace, string Name, string Uid);

/// <summary>A row of a webhook beside what is to be stored.</summary>
/// <param name="Uid">UID of the resource that it was written for.</param>
/// <param name="TenantId">Its tenant's key.</param>
/// <param name="TenantName">Its tenant's name.</param>
/// <param name="Generation">The generation that it was written for.</param>
/// <param name="HasSettings">Whether its settings are those that are to be stored.</param>
/// <param name="IsPaused">Whether nothing is posted.</param>
/// <param name="BoxKey">What its secrets are sealed to.</param>
/// <param name="Tag">Which secrets they are.</param>
public sealed record WebhookBefore(
    string Uid,
    long TenantId,
    string TenantName,
    long Generation,
    bool HasSettings,
    bool IsPaused,
    long BoxKey,
    byte[] Tag
)
{
    /// <summary>Whether it is the same webhook of the same tenant: else it goes, and the new one starts afresh.</summary>
    public bool IsOf(WebhookRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return Uid == row.Uid && TenantId == row.TenantId;
    }

    /// <summary>Whether nothing is to be written.</summary>
    /// <param name="row">What is to be stored.</param>
    /// <param name="secrets">Its secrets; null: it stays as it is, but for being paused.</param>
    public bool Is(WebhookRow row, SealedSecrets? secrets)
    {
        ArgumentNullException.ThrowIfNull(row);
        return IsOf(row)
            && (
                secrets is null
                    ? IsPaused == row.Settings.Paused
                    : Generation == row.Generation
                        && HasSettings
                        && BoxKey == secrets.BoxKey
                        && Tag.AsSpan().SequenceEqual(secrets.Tag)
            );
    }
}

/// <summary>What the database has of a webhook.</summary>
/// <param name="Key">The newest key that secrets are sealed to; null before the first pod has run.</param>
/// <param name="Before">Its row; null if it has none.</param>
public sealed record WebhookSight(BoxKey? Key, WebhookBefore? Before);

/// <summary>What pods report of a webhook, all together.</summary>
/// <param name="Webhook">Which.</param>
/// <param name="Generation">The generation that pods act on.</param>
public sealed record WebhookReport(StoredWebhook Webhook, long Generation)
{
    /// <summary>When a pod disabled it; null if none did.</summary>
    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>Why.</summary>
    public string? DisabledReason { get; init; }

    /// <summary>Events that wait; null before the first report, as the others.</summary>
    public long? Backlog { get; init; }

    /// <summary>When the oldest of them happened.</summary>
    public DateTimeOffset? OldestAt { get; init; }

    /// <summary>Events that are tried again.</summary>
    public long? Parked { get; init; }

    /// <summary>Events that were given up.</summary>
    public long? Dead { get; init; }

    /// <summary>Since when a pod finds that the endpoint takes nothing; the longest.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>When it last took an event.</summary>
    public DateTimeOffset? LastSuccessAt { get; init; }

    /// <summary>What went wrong last.</summary>
    public string? LastError { get; init; }

    /// <summary>When that was.</summary>
    public DateTimeOffset? LastErrorAt { get; init; }
}
