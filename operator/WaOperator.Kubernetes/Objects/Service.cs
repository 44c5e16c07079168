namespace WaOperator.Kubernetes.Objects;

public sealed record Service : IKubernetesObject<Service>
{
    public static ResourceKind<Service> Resource { get; } =
        new("", "v1", "Service", "services", true, CoreJsonContext.Default.Service);
    public string ApiVersion => Resource.ApiVersion;
    public string Kind => Resource.Kind;
    public ObjectMeta Metadata
    {
        get => field ?? ObjectMeta.Empty;
        init;
    }
    public ServiceSpec? Spec { get; init; }
}

public sealed record ServiceSpec
{
    public string? Type { get; init; }

    /// <summary><c>None</c> makes the service headless.</summary>
    public string? ClusterIP { get; init; }
    public bool? PublishNotReadyAddresses { get; init; }
    public IReadOnlyDictionary<string, string>? Selector { get; init; }
    public IReadOnlyList<ServicePort>? Ports { get; init; }
}

public sealed record ServicePort
{
    public string? Name { get; init; }
    public int? Port { get; init; }
    public IntOrString? TargetPort { get; init; }
    public string? Protocol { get; init; }
    public string? AppProtocol { get; init; }
}
