using System.Text.Json.Serialization;

namespace WaOperator.Kubernetes.Objects;

/// <summary>coordination.k8s.io/v1: the record that leader election goes by.</summary>
public sealed record Lease : IKubernetesObject<Lease>
{
    public static ResourceKind<Lease> Resource { get; } =
        new("coordination.k8s.io", "v1", "Lease", "leases", true, CoreJsonContext.Default.Lease);
    public string ApiVersion => Resource.ApiVersion;
    public string Kind => Resource.Kind;
    public ObjectMeta Metadata
    {
        get => field ?? ObjectMeta.Empty;
        init;
    }
    public LeaseSpec? Spec { get; init; }
}

public sealed record LeaseSpec
{
    /// <summary>Empty or missing: no one.</summary>
    public string? HolderIdentity { get; init; }
    public int? LeaseDurationSeconds { get; init; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? AcquireTime { get; init; }

    [JsonConverter(typeof(MicroTimeConverter))]
    public DateTimeOffset? RenewTime { get; init; }

    /// <summary>How often the lease changed hands.</summary>
    public int? LeaseTransitions { get; init; }
}
