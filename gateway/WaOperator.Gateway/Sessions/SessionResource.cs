using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using WaOperator.Kubernetes.Objects;
using WaOperator.Resources;

namespace WaOperator.Gateway.Sessions;

/// <summary>
/// A WhatsAppSession as the gateway reads and writes it: with who manages which field, and with no field in its spec but those that are
/// there. What the operator works with (<see cref="WhatsAppSession"/>) leaves out the one and fills in the other.
/// </summary>
internal sealed record SessionResource : IKubernetesObject<SessionResource>
{
    /// <inheritdoc/>
    public static ResourceKind<SessionResource> Resource { get; } =
        new(
            WhatsAppApi.Group,
            WhatsAppApi.Version,
            WhatsAppSession.Resource.Kind,
            WhatsAppSession.Resource.Plural,
            true,
            SessionResourceJson.Default.SessionResource
        );

    /// <inheritdoc/>
    public string ApiVersion => Resource.ApiVersion;

    /// <inheritdoc/>
    public string Kind => Resource.Kind;

    /// <summary>Name, labels, and who manages it.</summary>
    public ManagedMeta Metadata
    {
        get => field ?? new();
        init;
    }

    /// <summary>What is desired, as it stands.</summary>
    public JsonObject? Spec { get; init; }

    /// <summary>What was seen; null before the first look.</summary>
    public SessionStatus? Status { get; init; }

    ObjectMeta IKubernetesObject.Metadata =>
        new() { Name = Metadata.Name, Namespace = Metadata.Namespace };

    /// <summary>What is desired, with the defaults of the schema.</summary>
    public SessionSpec Desired() =>
        Spec?.Deserialize(ResourcesJsonContext.Default.SessionSpec) ?? new();
}

/// <summary>Metadata of a session, and what says who manages it.</summary>
internal sealed record ManagedMeta
{
    public string? Name { get; init; }
    public string? Namespace { get; init; }
    public string? Uid { get; init; }
    public string? ResourceVersion { get; init; }

    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? CreationTimestamp { get; init; }

    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? DeletionTimestamp { get; init; }
    public Dictionary<string, string>? Labels { get; init; }
    public Dictionary<string, string>? Annotations { get; init; }
    public IReadOnlyList<OwnerReference>? OwnerReferences { get; init; }
    public IReadOnlyList<ManagedFields>? ManagedFields { get; init; }

    /// <summary>A label's value, or null.</summary>
    public string? Label(string name) => Labels?.GetValueOrDefault(name);

    /// <summary>An annotation's value, or null.</summary>
    public string? Annotation(string name) => Annotations?.GetValueOrDefault(name);
}

/// <summary>The fields that one program wrote.</summary>
internal sealed record ManagedFields
{
    public string? Manager { get; init; }

    /// <summary>Apply: it declares them, and puts them right; Update: it wrote them once.</summary>
    public string? Operation { get; init; }

    /// <summary>Set for a part of the object that is written on its own, such as its status.</summary>
    public string? Subresource { get; init; }

    /// <summary>The fields as a tree of names that begin with <c>f:</c>.</summary>
    [JsonPropertyName("fieldsV1")]
    public JsonObject? Fields { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.Strict
)]
[JsonSerializable(typeof(SessionResource))]
internal sealed partial class SessionResourceJson : JsonSerializerContext;
