using System.Text.Json.Serialization;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Resources;

/// <summary>What was seen of a webhook.</summary>
public sealed record WebhookStatus
{
    /// <summary>The generation that this status was made from.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Events that wait to be posted.</summary>
    public long? Backlog { get; init; }

    /// <summary>When the oldest event that waits happened.</summary>
    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? Oldest { get; init; }

    /// <summary>Events that the endpoint refused and that are tried again.</summary>
    public long? Parked { get; init; }

    /// <summary>Events that were given up and are kept.</summary>
    public long? Dead { get; init; }

    /// <summary>When the endpoint last took an event.</summary>
    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? LastSuccess { get; init; }

    /// <summary>What went wrong last.</summary>
    public string? LastError { get; init; }

    /// <summary>When that was.</summary>
    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? LastErrorTime { get; init; }

    /// <summary>See <see cref="ConditionTypes"/>.</summary>
    public IReadOnlyList<Condition>? Conditions { get; init; }
}
