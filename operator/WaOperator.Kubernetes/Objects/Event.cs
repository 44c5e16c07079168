using System.Text.Json.Serialization;

namespace WaOperator.Kubernetes.Objects;

/// <summary>Something that happened to an object, for <c>kubectl describe</c> (core/v1).</summary>
public sealed record Event : IKubernetesObject<Event>
{
    public static ResourceKind<Event> Resource { get; } =
        new("", "v1", "Event", "events", true, CoreJsonContext.Default.Event);
    public string ApiVersion => Resource.ApiVersion;
    public string Kind => Resource.Kind;
    public ObjectMeta Metadata
    {
        get => field ?? ObjectMeta.Empty;
        init;
    }
    public ObjectReference? InvolvedObject { get; init; }

    /// <summary><c>Normal</c> or <c>Warning</c>.</summary>
    public string? Type { get; init; }
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public EventSource? Source { get; init; }
    public int? Count { get; init; }

    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? FirstTimestamp { get; init; }

    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? LastTimestamp { get; init; }
    public string? Action { get; init; }
    public string? ReportingComponent { get; init; }
    public string? ReportingInstance { get; init; }
}

public sealed record EventSource
{
    public string? Component { get; init; }
    public string? Host { get; init; }
}
