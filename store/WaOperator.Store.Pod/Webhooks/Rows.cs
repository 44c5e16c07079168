namespace WaOperator.Store.Pod;

/// <summary>A webhook as the operator wrote it.</summary>
public sealed record StoredWebhook
{
    /// <summary>Its key.</summary>
    public required long Id { get; init; }

    /// <summary>The tenant's key.</summary>
    public required long TenantId { get; init; }

    /// <summary>Namespace of the resource.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name of the resource.</summary>
    public required string Name { get; init; }

    /// <summary>Generation of the resource.</summary>
    public required long Generation { get; init; }

    /// <summary>See <see cref="WebhookSettings"/>.</summary>
    public required string Settings { get; init; }

    /// <summary>Which key its secrets are sealed to.</summary>
    public required long BoxKey { get; init; }

    /// <summary>Its secrets, sealed.</summary>
    public required byte[] Secrets { get; init; }

    /// <summary>Which secrets they are.</summary>
    public required byte[] SecretsTag { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When a pod disabled it.</summary>
    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>How often events that were given up were let go once more.</summary>
    public long Retries { get; init; }

    /// <summary>How many replays were asked for.</summary>
    public long Replays { get; init; }

    /// <summary>The address that answered its challenge; null: none did.</summary>
    public string? ChallengedUrl { get; init; }

    /// <summary>Whether it asks for the same, of the same endpoint with the same secrets.</summary>
    public bool IsAs(StoredWebhook other) =>
        Id == other.Id
        && TenantId == other.TenantId
        && Namespace == other.Namespace
        && Name == other.Name
        && Generation == other.Generation
        && Settings == other.Settings
        && BoxKey == other.BoxKey
        && SecretsTag.AsSpan().SequenceEqual(other.SecretsTag)
        && CreatedAt == other.CreatedAt
        && DisabledAt == other.DisabledAt
        && Retries == other.Retries
        && Replays == other.Replays
        && ChallengedUrl == other.ChallengedUrl;
}

/// <summary>A key that webhooks' secrets are sealed to.</summary>
/// <param name="Id">Which one; the newest has the highest.</param>
/// <param name="PublicKey">What they are sealed with.</param>
/// <param name="PrivateBox">What opens them, encrypted with the master key.</param>
public sealed record BoxKeyRow(long Id, byte[] PublicKey, byte[] PrivateBox);

/// <summary>How far a webhook is in a session's journal.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="Cursor">All up to it are done, or parked.</param>
/// <param name="Last">The number of the journal's last entry, pruned or not.</param>
/// <param name="HasCursor">Whether a cursor is stored; false: it follows from the webhook, as long as the journal tells it.</param>
public readonly record struct WebhookProgress(
    long SessionId,
    long Cursor,
    long Last,
    bool HasCursor
);

/// <summary>A step of a cursor.</summary>
/// <param name="WebhookId">The webhook.</param>
/// <param name="Session">The session, as its owner has it.</param>
/// <param name="Seq">All up to it are done, or parked.</param>
public readonly record struct CursorMove(long WebhookId, OwnedSession Session, long Seq);

/// <summary>An entry of a journal, with what orders it.</summary>
/// <param name="Row">The entry, with its chat.</param>
/// <param name="At">When it was committed.</param>
/// <param name="Attempts">Of one that is parked: how often it was tried.</param>
public sealed record WebhookEntry(EventRow Row, DateTimeOffset At, int Attempts = 0);

/// <summary>An event that is parked, or dead.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="Seq">Its number.</param>
/// <param name="Chat">As in the journal.</param>
/// <param name="ParkedAt">Since when.</param>
/// <param name="DueAt">Of the next try; null: it is dead.</param>
public sealed record ParkedEvent(
    long SessionId,
    long Seq,
    long? Chat,
    DateTimeOffset ParkedAt,
    DateTimeOffset? DueAt
);

/// <summary>What a shard counts of a webhook.</summary>
public sealed record WebhookReport
{
    /// <summary>Events that wait; an upper bound, since those that it does not ask for are counted until they are looked at.</summary>
    public long Backlog { get; init; }

    /// <summary>When the oldest of them that is known was committed.</summary>
    public DateTimeOffset? OldestAt { get; init; }

    /// <summary>Events that are parked.</summary>
    public long Parked { get; init; }

    /// <summary>Events that are dead.</summary>
    public long Dead { get; init; }

    /// <summary>Since when the endpoint fails; null: it does not.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>When it last took an event.</summary>
    public DateTimeOffset? LastSuccessAt { get; init; }

    /// <summary>What it last answered otherwise.</summary>
    public string? LastError { get; init; }

    /// <summary>When.</summary>
    public DateTimeOffset? LastErrorAt { get; init; }
}
