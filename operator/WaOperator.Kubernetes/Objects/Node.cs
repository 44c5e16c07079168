using System.Text.Json.Serialization;

namespace WaOperator.Kubernetes.Objects;

public sealed record Node : IKubernetesObject<Node>
{
    public static ResourceKind<Node> Resource { get; } =
        new("", "v1", "Node", "nodes", false, CoreJsonContext.Default.Node);
    public string ApiVersion => Resource.ApiVersion;
    public string Kind => Resource.Kind;
    public ObjectMeta Metadata
    {
        get => field ?? ObjectMeta.Empty;
        init;
    }
    public NodeSpec? Spec { get; init; }
    public NodeStatus? Status { get; init; }
}

public sealed record NodeSpec
{
    public bool? Unschedulable { get; init; }
    public IReadOnlyList<Taint>? Taints { get; init; }
}

public sealed record Taint
{
    public string? Key { get; init; }
    public string? Value { get; init; }
    public string? Effect { get; init; }

    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? TimeAdded { get; init; }
}

public sealed record NodeStatus
{
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

public sealed record Namespace : IKubernetesObject<Namespace>
{
    public static ResourceKind<Namespace> Resource { get; } =
        new("", "v1", "Namespace", "namespaces", false, CoreJsonContext.Default.Namespace);
    public string ApiVersion => Resource.ApiVersion;
    public string Kind => Resource.Kind;
    public ObjectMeta Metadata
    {
        get => field ?? ObjectMeta.Empty;
        init;
    }
    public NamespaceStatus? Status { get; init; }
}

public sealed record NamespaceStatus
{
    public string? Phase { get; init; }
}
