using WaOperator.Kubernetes.Objects;

namespace WaOperator.Resources;

/// <summary>Session pods of one make, with the StatefulSet that runs them.</summary>
public sealed record WhatsAppSessionPool : IKubernetesObject<WhatsAppSessionPool>
{
    /// <inheritdoc/>
    public static ResourceKind<WhatsAppSessionPool> Resource { get; } =
        new(
            WhatsAppApi.Group,
            WhatsAppApi.Version,
            "WhatsAppSessionPool",
            "whatsappsessionpools",
            true,
            ResourcesJsonContext.Default.WhatsAppSessionPool
        );

    /// <inheritdoc/>
    public string ApiVersion => Resource.ApiVersion;

    /// <inheritdoc/>
    public string Kind => Resource.Kind;

    /// <inheritdoc/>
    public ObjectMeta Metadata
    {
        get => field ?? new();
        init;
    }

    /// <summary>The desired state.</summary>
    public PoolSpec Spec
    {
        get => field ?? new();
        init;
    }

    /// <summary>What was seen; null before the first look.</summary>
    public PoolStatus? Status { get; init; }
}
