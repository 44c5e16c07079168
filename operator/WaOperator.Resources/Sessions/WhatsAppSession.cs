using WaOperator.Kubernetes.Objects;

namespace WaOperator.Resources;

/// <summary>A WhatsApp account as a linked device.</summary>
public sealed record WhatsAppSession : IKubernetesObject<WhatsAppSession>
{
    /// <inheritdoc/>
    public static ResourceKind<WhatsAppSession> Resource { get; } =
        new(
            WhatsAppApi.Group,
            WhatsAppApi.Version,
            "WhatsAppSession",
            "whatsappsessions",
            true,
            ResourcesJsonContext.Default.WhatsAppSession
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
    public SessionSpec Spec
    {
        get => field ?? new();
        init;
    }

    /// <summary>What was seen; null before the first look.</summary>
    public SessionStatus? Status { get; init; }
}
