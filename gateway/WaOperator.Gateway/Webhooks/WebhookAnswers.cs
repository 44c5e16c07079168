using System.Text.Json.Serialization;
using WaOperator.Api;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Webhooks;

/// <summary>A webhook, as pods reported it last: some seconds ago.</summary>
internal sealed record WebhookShown
{
    /// <summary>The namespace of its resource.</summary>
    public required string Namespace { get; init; }

    /// <summary>The name of its resource.</summary>
    public required string Name { get; init; }

    /// <summary>Where it posts to.</summary>
    public required string Url { get; init; }

    /// <summary>Delivering; Failing: its endpoint is tried again; Paused by its resource or because its tenant is suspended; or Disabled: its endpoint said that it is gone, or failed for too long.</summary>
    public required string State { get; init; }

    /// <summary>Events that wait: an upper bound, for what the webhook does not ask for counts, too.</summary>
    public required long Backlog { get; init; }

    /// <summary>When the oldest of them happened, as far as known.</summary>
    public DateTimeOffset? Oldest { get; init; }

    /// <summary>Events that the endpoint refused and that are tried again later.</summary>
    public required long Parked { get; init; }

    /// <summary>Events that were given up.</summary>
    public required long Dead { get; init; }

    /// <summary>When the endpoint took an event last.</summary>
    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>Since when the endpoint fails.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>What went wrong last.</summary>
    public string? LastError { get; init; }

    /// <summary>When that was.</summary>
    public DateTimeOffset? LastErrorAt { get; init; }

    /// <summary>When it was disabled.</summary>
    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>Why it was disabled.</summary>
    public string? DisabledReason { get; init; }

    /// <summary>What is shown of a row.</summary>
    public static WebhookShown Of(TenantWebhook row) =>
        new()
        {
            Namespace = row.Namespace,
            Name = row.Name,
            Url = row.Url,
            State =
                row.DisabledAt is not null ? "Disabled"
                : row.Paused ? "Paused"
                : row.FailingSince is not null ? "Failing"
                : "Delivering",
            Backlog = row.Backlog,
            Oldest = row.OldestAt,
            Parked = row.Parked,
            Dead = row.Dead,
            LastSuccess = row.LastSuccessAt,
            FailingSince = row.FailingSince,
            LastError = row.LastError,
            LastErrorAt = row.LastErrorAt,
            DisabledAt = row.DisabledAt,
            DisabledReason = row.DisabledReason,
        };
}

/// <summary>A page of webhooks.</summary>
/// <param name="Data">The webhooks.</param>
/// <param name="Next">Give it as after for the next page; null for the last page.</param>
internal sealed record WebhookPage(
    IReadOnlyList<WebhookShown> Data,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Next
);

/// <summary>An event that a webhook has given up.</summary>
/// <param name="Id">Its id, the webhook-id of its posts.</param>
/// <param name="Type">Its type in the session's journal.</param>
/// <param name="Attempts">How often it was posted.</param>
/// <param name="Error">What its endpoint said last.</param>
/// <param name="At">When it happened.</param>
/// <param name="DeadAt">When it was given up.</param>
internal sealed record DeadEventShown(
    string Id,
    string Type,
    int Attempts,
    string Error,
    DateTimeOffset At,
    DateTimeOffset DeadAt
)
{
    /// <summary>The namespace of its session; left out if the session is gone.</summary>
    public string? Namespace { get; init; }

    /// <summary>The name of its session; left out if the session is gone.</summary>
    public string? Session { get; init; }

    /// <summary>What is shown of a row.</summary>
    public static DeadEventShown Of(DeadEvent row) =>
        new(WebhookEventId.Write(row.Event), row.Type, row.Attempts, row.Error, row.At, row.DeadAt)
        {
            Namespace = row.Namespace,
            Session = row.Session,
        };
}

/// <summary>A page of events that a webhook has given up.</summary>
/// <param name="Data">The events, in the order of their sessions.</param>
/// <param name="Next">Give it as after for the next page; null for the last page.</param>
internal sealed record DeadEventPage(
    IReadOnlyList<DeadEventShown> Data,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Next
);

/// <summary>Which events are posted once more.</summary>
internal sealed record WebhookRetryRequest
{
    /// <summary>Their ids, at most 100; all that were given up if left out.</summary>
    public IReadOnlyList<string>? Ids { get; init; }
}

/// <summary>What is posted once more.</summary>
/// <param name="Retried">How many events. Those that were not given up, or are gone, do not count.</param>
internal sealed record WebhookRetried(int Retried);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    MaxDepth = 8
)]
[JsonSerializable(typeof(WebhookShown))]
[JsonSerializable(typeof(WebhookPage))]
[JsonSerializable(typeof(DeadEventPage))]
[JsonSerializable(typeof(WebhookRetryRequest))]
[JsonSerializable(typeof(WebhookRetried))]
[JsonSerializable(typeof(WebhookTested))]
[JsonSerializable(typeof(WebhookAttempts))]
[JsonSerializable(typeof(AttemptPage))]
[JsonSerializable(typeof(ReplayRequest))]
[JsonSerializable(typeof(ReplayBegun))]
[JsonSerializable(typeof(ReplayList))]
[JsonSerializable(typeof(ReplayCancelled))]
internal sealed partial class WebhooksJson : JsonSerializerContext;
