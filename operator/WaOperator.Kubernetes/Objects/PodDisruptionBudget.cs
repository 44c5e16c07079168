namespace WaOperator.Kubernetes.Objects;

/// <summary>policy/v1, served from Kubernetes 1.21 on.</summary>
public sealed record PodDisruptionBudget : IKubernetesObject<PodDisruptionBudget>
{
    public static ResourceKind<PodDisruptionBudget> Resource { get; } =
        new(
            "policy",
            "v1",
            "PodDisruptionBudget",
            "poddisruptionbudgets",
            true,
            CoreJsonContext.Default.PodDisruptionBudget
        );
    public string ApiVersion => Resource.ApiVersion;
    public string Kind => Resource.Kind;
    public ObjectMeta Metadata
    {
        get => field ?? ObjectMeta.Empty;
        init;
    }
    public PodDisruptionBudgetSpec? Spec { get; init; }
    public PodDisruptionBudgetStatus? Status { get; init; }
}

/// <summary>policy/v1beta1, served up to Kubernetes 1.24.</summary>
public sealed record PodDisruptionBudgetV1Beta1 : IKubernetesObject<PodDisruptionBudgetV1Beta1>
{
    public static ResourceKind<PodDisruptionBudgetV1Beta1> Resource { get; } =
        new(
            "policy",
            "v1beta1",
            "PodDisruptionBudget",
            "poddisruptionbudgets",
            true,
            CoreJsonContext.Default.PodDisruptionBudgetV1Beta1
        );
    public string ApiVersion => Resource.ApiVersion;
    public string Kind => Resource.Kind;
    public ObjectMeta Metadata
    {
        get => field ?? ObjectMeta.Empty;
        init;
    }
    public PodDisruptionBudgetSpec? Spec { get; init; }
    public PodDisruptionBudgetStatus? Status { get; init; }
}

public sealed record PodDisruptionBudgetSpec
{
    public IntOrString? MinAvailable { get; init; }
    public IntOrString? MaxUnavailable { get; init; }
    public LabelSelector? Selector { get; init; }
}

public sealed record PodDisruptionBudgetStatus
{
    public long? ObservedGeneration { get; init; }
    public int? CurrentHealthy { get; init; }
    public int? DesiredHealthy { get; init; }
    public int? DisruptionsAllowed { get; init; }
    public int? ExpectedPods { get; init; }
}
