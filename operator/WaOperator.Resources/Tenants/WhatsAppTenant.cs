using WaOperator.Kubernetes.Objects;

namespace WaOperator.Resources;

/// <summary>A tenant owns WhatsApp sessions in its namespace and limits what they may do together.</summary>
public sealed record WhatsAppTenant : IKubernetesObject<WhatsAppTenant>
{
    /// <inheritdoc/>
    public static ResourceKind<WhatsAppTenant> Resource { get; } =
        new(
            WhatsAppApi.Group,
            WhatsAppApi.Version,
            "WhatsAppTenant",
            "whatsapptenants",
            true,
            ResourcesJsonContext.Default.WhatsAppTenant
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
    public TenantSpec Spec
    {
        get => field ?? new();
        init;
    }

    /// <summary>What was seen; null before the first look.</summary>
    public TenantStatus? Status { get; init; }
}
