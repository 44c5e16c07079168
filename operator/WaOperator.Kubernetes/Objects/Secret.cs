namespace WaOperator.Kubernetes.Objects;

public sealed record Secret : IKubernetesObject<Secret>
{
    public static ResourceKind<Secret> Resource { get; } =
        new("", "v1", "Secret", "secrets", true, CoreJsonContext.Default.Secret);
    public string ApiVersion => Resource.ApiVersion;
    public string Kind => Resource.Kind;
    public ObjectMeta Metadata
    {
        get => field ?? ObjectMeta.Empty;
        init;
    }
    public string? Type { get; init; }
    public bool? Immutable { get; init; }
    public IReadOnlyDictionary<string, byte[]>? Data { get; init; }

    /// <summary>Written only: the server turns it into <see cref="Data"/>.</summary>
    public IReadOnlyDictionary<string, string>? StringData { get; init; }

    /// <summary>The name alone: contents must not end in a log.</summary>
    public override string ToString() => $"Secret {NamespacedName.Of(this)}";
}

public sealed record ConfigMap : IKubernetesObject<ConfigMap>
{
    public static ResourceKind<ConfigMap> Resource { get; } =
        new("", "v1", "ConfigMap", "configmaps", true, CoreJsonContext.Default.ConfigMap);
    public string ApiVersion => Resource.ApiVersion;
    public string Kind => Resource.Kind;
    public ObjectMeta Metadata
    {
        get => field ?? ObjectMeta.Empty;
        init;
    }
    public bool? Immutable { get; init; }
    public IReadOnlyDictionary<string, string>? Data { get; init; }
    public IReadOnlyDictionary<string, byte[]>? BinaryData { get; init; }
}
