namespace WaOperator.Kubernetes.Objects;

public sealed record StatefulSet : IKubernetesObject<StatefulSet>
{
    public static ResourceKind<StatefulSet> Resource { get; } =
        new("apps", "v1", "StatefulSet", "statefulsets", true, CoreJsonContext.Default.StatefulSet);
    public string ApiVersion => Resource.ApiVersion;
    public string Kind => Resource.Kind;
    public ObjectMeta Metadata
    {
        get => field ?? ObjectMeta.Empty;
        init;
    }
    public StatefulSetSpec? Spec { get; init; }
    public StatefulSetStatus? Status { get; init; }
}

public sealed record StatefulSetSpec
{
    public int? Replicas { get; init; }
    public string? ServiceName { get; init; }
    public LabelSelector? Selector { get; init; }
    public PodTemplateSpec? Template { get; init; }
    public string? PodManagementPolicy { get; init; }
    public StatefulSetUpdateStrategy? UpdateStrategy { get; init; }
    public int? RevisionHistoryLimit { get; init; }
    public int? MinReadySeconds { get; init; }
}

public sealed record StatefulSetUpdateStrategy
{
    public string? Type { get; init; }
}

public sealed record StatefulSetStatus
{
    public long? ObservedGeneration { get; init; }
    public int? Replicas { get; init; }
    public int? ReadyReplicas { get; init; }
    public int? CurrentReplicas { get; init; }
    public int? UpdatedReplicas { get; init; }
    public int? AvailableReplicas { get; init; }
    public string? CurrentRevision { get; init; }
    public string? UpdateRevision { get; init; }
    public int? CollisionCount { get; init; }
    public IReadOnlyList<Condition>? Conditions { get; init; }
}
