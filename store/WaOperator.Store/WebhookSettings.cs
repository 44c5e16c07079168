using System.Text.Json;
using System.Text.Json.Serialization;

namespace WaOperator.Store;

/// <summary>What order a webhook's events keep.</summary>
public enum WebhookOrdering
{
    /// <summary>Events of one chat come one after the other.</summary>
    Chat,

    /// <summary>Events of one session come one after the other.</summary>
    Session,

    /// <summary>None: as many at once as <see cref="WebhookSettings.MaxInFlight"/> allows.</summary>
    None,
}

/// <summary>What a webhook's posts hold.</summary>
public enum WebhookFormat
{
    /// <summary>The whole event.</summary>
    Native,

    /// <summary>All but its data: what happened where, to be asked for over the API.</summary>
    Thin,

    /// <summary>As Meta's Cloud API posts it, what has a counterpart there; the rest is passed over.</summary>
    CloudApi,
}

/// <summary>How a webhook's posts are signed.</summary>
public enum WebhookSigning
{
    /// <summary>HMAC-SHA256, by a secret that its receiver has, too.</summary>
    V1,

    /// <summary>Ed25519: its receiver has the public key alone.</summary>
    V1a,
}

/// <summary>Which events of a journal a new webhook begins with.</summary>
public enum WebhookStart
{
    /// <summary>Those that come after it was made.</summary>
    Now,

    /// <summary>The oldest that is kept.</summary>
    Earliest,
}

/// <summary>
/// What pods act on of a webhook's spec, as the operator projects it; checked before. Unknown members are ignored, the defaults are those of
/// the resource.
/// </summary>
public sealed record WebhookSettings
{
    /// <summary>Where events are posted to: https.</summary>
    public required string Url { get; init; }

    /// <summary>Types of events, such as <c>message.received</c> or <c>message.*</c>; null for all.</summary>
    public IReadOnlyList<string>? Events { get; init; }

    /// <summary>Names of sessions; null for all of the tenant. Empty beside <see cref="Selector"/>.</summary>
    public IReadOnlyList<string>? Sessions { get; init; }

    /// <summary>Sessions by labels, in the place of <see cref="Sessions"/>: pods that do not know it post of none. Null: by names alone.</summary>
    public SessionSelector? Selector { get; init; }

    /// <summary>What order they keep.</summary>
    public WebhookOrdering Ordering { get; init; }

    /// <summary>What is posted of them.</summary>
    public WebhookFormat Format { get; init; }

    /// <summary>How posts are signed.</summary>
    public WebhookSigning Signature { get; init; }

    /// <summary>Posts at once of one pod, 1 to 64.</summary>
    public int MaxInFlight { get; init; } = 16;

    /// <summary>Posts of all pods in a second, up to 1,000; 0: as many as there are.</summary>
    public int RatePerSecond { get; init; }

    /// <summary>How long an answer may take, in seconds, 1 to 30.</summary>
    public int TimeoutSeconds { get; init; } = 15;

    /// <summary>For how long the endpoint may fail before the webhook is disabled, in hours, 1 to 168.</summary>
    public int HorizonHours { get; init; } = 72;

    /// <summary>For how long an event that is refused holds the later ones of its chat, in seconds, 0 to 3,600.</summary>
    public int BlockSeconds { get; init; } = 300;

    /// <summary>How long dead events are kept, in days, 1 to 90.</summary>
    public int DeadLetterDays { get; init; } = 30;

    /// <summary>Where it begins.</summary>
    public WebhookStart StartFrom { get; init; }

    /// <summary>While true, nothing is posted and the cursor stays.</summary>
    public bool Paused { get; init; }

    /// <summary>As stored.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, WebhookJson.Default.WebhookSettings);

    /// <summary>Reads what was stored.</summary>
    /// <exception cref="JsonException">Not JSON of this shape.</exception>
    public static WebhookSettings FromJson(string json) =>
        JsonSerializer.Deserialize(json, WebhookJson.Default.WebhookSettings)
        ?? throw new JsonException("a webhook's settings are null");
}

/// <summary>What is secret of a webhook; only ever stored in a sealed box.</summary>
public sealed record WebhookSecrets
{
    /// <summary>
    /// Keys that sign, 1 or 2: each post bears a signature of each. Bytes of 24 to 64; of Ed25519 the 64 that libsodium signs with; for
    /// the Cloud API's format the text of the secret, of 16 to 128.
    /// </summary>
    public required IReadOnlyList<byte[]> Signing { get; init; }

    /// <summary>Headers of each post.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>What the endpoint of the Cloud API's format is asked by before anything is posted to it; null: it is not.</summary>
    public string? VerifyToken { get; init; }

    /// <summary>Certificates of the connections; null: none in particular.</summary>
    public WebhookTls? Tls { get; init; }

    /// <summary>As bytes, to be sealed. The caller zeroes them.</summary>
    public byte[] ToBytes() =>
        JsonSerializer.SerializeToUtf8Bytes(this, WebhookJson.Default.WebhookSecrets);

    /// <summary>Reads what was in the box.</summary>
    /// <exception cref="JsonException">Not JSON of this shape.</exception>
    public static WebhookSecrets FromBytes(ReadOnlySpan<byte> bytes) =>
        JsonSerializer.Deserialize(bytes, WebhookJson.Default.WebhookSecrets)
        ?? throw new JsonException("a webhook's secrets are null");

    /// <inheritdoc/>
    public override string ToString() => "secrets of a webhook";
}

/// <summary>How what is wrong with an endpoint begins in reports where the operator tells it as a reason of its own.</summary>
public static class WebhookErrors
{
    /// <summary>It did not answer its challenge.</summary>
    public const string ChallengeFailed = "ChallengeFailed: ";
}

/// <summary>Certificates of a webhook's connections.</summary>
public sealed record WebhookTls
{
    /// <summary>Authorities (PEM) that alone are trusted; null: those that the pod trusts.</summary>
    public string? Authorities { get; init; }

    /// <summary>What the endpoint is shown (PEM): the certificate, and those between it and its authority; null for none.</summary>
    public string? Certificate { get; init; }

    /// <summary>The certificate's private key: PEM in UTF-8.</summary>
    public byte[]? Key { get; init; }

    /// <inheritdoc/>
    public override string ToString() => "certificates of a webhook";
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true
)]
[JsonSerializable(typeof(WebhookSettings))]
[JsonSerializable(typeof(WebhookSecrets))]
internal sealed partial class WebhookJson : JsonSerializerContext;
