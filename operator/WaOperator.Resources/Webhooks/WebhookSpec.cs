using WaOperator.Kubernetes.Objects;

namespace WaOperator.Resources;

// Settable value types: see TenantSpec.

/// <summary>What is desired of a webhook.</summary>
public sealed record WebhookSpec
{
    /// <summary>The tenant whose events are posted. Immutable.</summary>
    public TenantReference TenantRef
    {
        get => field ?? new();
        init;
    }

    /// <summary>An https URL without credentials and fragment.</summary>
    public string Url
    {
        get => field ?? "";
        init;
    }

    /// <summary>Types of events, such as <c>message.received</c> or <c>message.*</c>; all when empty. At most 32.</summary>
    public IReadOnlyList<string>? Events { get; init; }

    /// <summary>Names of the sessions whose events are posted; all of the tenant when empty. At most 256.</summary>
    public IReadOnlyList<string>? Sessions { get; init; }

    /// <summary>Labels of the sessions whose events are posted; with <see cref="Sessions"/> both must hold. Null: any.</summary>
    public LabelSelector? SessionSelector { get; init; }

    /// <summary>See <see cref="WebhookOrderings"/>.</summary>
    public string Ordering
    {
        get => field ?? WebhookOrderings.Chat;
        init;
    }

    /// <summary>See <see cref="WebhookFormats"/>.</summary>
    public string Format
    {
        get => field ?? WebhookFormats.Native;
        init;
    }

    /// <summary>See <see cref="WebhookSignatures"/>.</summary>
    public string Signature
    {
        get => field ?? WebhookSignatures.V1;
        init;
    }

    /// <summary>Posts at once of one pod, 1 to 64.</summary>
    public int MaxInFlight { get; set; } = 16;

    /// <summary>Posts of all pods in a second, up to 1,000; 0: no limit.</summary>
    public int RatePerSecond { get; set; }

    /// <summary>How long an answer may take, 1 to 30.</summary>
    public int TimeoutSeconds { get; set; } = 15;

    /// <summary>Secrets that sign, 1 or 2: each post bears a signature of each.</summary>
    public IReadOnlyList<SecretKeyReference> SecretRefs
    {
        get => field ?? [];
        init;
    }

    /// <summary>A Secret of whose data each entry is a header of each post.</summary>
    public SecretReference? HeadersSecretRef { get; init; }

    /// <summary>What the endpoint is asked by before anything is posted to it; only with <see cref="WebhookFormats.CloudApi"/>.</summary>
    public SecretKeyReference? VerifyTokenRef { get; init; }

    /// <summary>Certificates of the connections to the endpoint; null: as the pods trust others, without one of its own.</summary>
    public WebhookTlsSpec? Tls { get; init; }

    /// <summary>What happens while the endpoint does not take events.</summary>
    public WebhookRetry Retry
    {
        get => field ?? new();
        init;
    }

    /// <summary>How long events are kept that were given up, 1 to 90.</summary>
    public int DeadLetterDays { get; set; } = 30;

    /// <summary>See <see cref="WebhookStarts"/>.</summary>
    public string StartFrom
    {
        get => field ?? WebhookStarts.Now;
        init;
    }

    /// <summary>While true, nothing is posted; what comes meanwhile is posted afterwards.</summary>
    public bool Paused { get; set; }
}

/// <summary>Certificates of the connections to an endpoint.</summary>
public sealed record WebhookTlsSpec
{
    /// <summary>Authorities (PEM), the only ones that the endpoint's certificate may come from; null: those that the pods trust.</summary>
    public SecretKeyReference? CaRef { get; init; }

    /// <summary>A Secret of type kubernetes.io/tls with what the endpoint is shown; null for nothing.</summary>
    public SecretReference? ClientCertSecretRef { get; init; }
}

/// <summary>What happens while an endpoint does not take events.</summary>
public sealed record WebhookRetry
{
    /// <summary>For how long the endpoint may fail before the webhook is disabled, 1 to 168.</summary>
    public int HorizonHours { get; set; } = 72;

    /// <summary>For how long an event that is refused holds the later ones of its chat, 0 to 3,600.</summary>
    public int BlockSeconds { get; set; } = 300;
}

/// <summary>Values of <see cref="WebhookSpec.Ordering"/>.</summary>
public static class WebhookOrderings
{
    /// <summary>Events of one chat come one after the other.</summary>
    public const string Chat = "Chat";

    /// <summary>Events of one session come one after the other.</summary>
    public const string Session = "Session";

    /// <summary>No order.</summary>
    public const string None = "None";
}

/// <summary>Values of <see cref="WebhookSpec.Format"/>.</summary>
public static class WebhookFormats
{
    /// <summary>The whole event.</summary>
    public const string Native = "Native";

    /// <summary>All but its data.</summary>
    public const string Thin = "Thin";

    /// <summary>As Meta's Cloud API posts it.</summary>
    public const string CloudApi = "CloudApi";
}

/// <summary>Values of <see cref="WebhookSpec.Signature"/>.</summary>
public static class WebhookSignatures
{
    /// <summary>HMAC-SHA256.</summary>
    public const string V1 = "V1";

    /// <summary>Ed25519.</summary>
    public const string V1a = "V1a";
}

/// <summary>Values of <see cref="WebhookSpec.StartFrom"/>.</summary>
public static class WebhookStarts
{
    /// <summary>Events that come after the webhook was made.</summary>
    public const string Now = "Now";

    /// <summary>The oldest events that are kept.</summary>
    public const string Earliest = "Earliest";
}
