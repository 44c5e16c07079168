using WaOperator.Kubernetes.Objects;

namespace WaOperator.Resources;

/// <summary>A place where events of a tenant of its namespace are posted to.</summary>
public sealed record WhatsAppWebhook : IKubernetesObject<WhatsAppWebhook>
{
    /// <inheritdoc/>
    public static ResourceKind<WhatsAppWebhook> Resource { get; } =
        new(
            WhatsAppApi.Group,
            WhatsAppApi.Version,
            "WhatsAppWebhook",
            "whatsappwebhooks",
            true,
            ResourcesJsonContext.Default.WhatsAppWebhook
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
    public WebhookSpec Spec
    {
        get => field ?? new();
        init;
    }

    /// <summary>What was seen; null before the first look.</summary>
    public WebhookStatus? Status { get; init; }
}
