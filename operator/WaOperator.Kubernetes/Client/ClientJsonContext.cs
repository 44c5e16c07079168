using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace WaOperator.Kubernetes.Client;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(JsonNode))]
[JsonSerializable(typeof(DeleteOptionsBody))]
[JsonSerializable(typeof(BookmarkObject))]
[JsonSerializable(typeof(VersionInfo))]
[JsonSerializable(typeof(ApiResourceList))]
internal sealed partial class ClientJsonContext : JsonSerializerContext;

internal sealed record DeleteOptionsBody
{
    public string ApiVersion { get; } = "v1";
    public string Kind { get; } = "DeleteOptions";
    public PreconditionsBody? Preconditions { get; init; }
    public string? PropagationPolicy { get; init; }
    public int? GracePeriodSeconds { get; init; }

    public static DeleteOptionsBody From(DeleteOptions options) =>
        new()
        {
            Preconditions =
                options.Uid is null && options.ResourceVersion is null
                    ? null
                    : new() { Uid = options.Uid, ResourceVersion = options.ResourceVersion },
            PropagationPolicy = options.Propagation?.ToString(),
            GracePeriodSeconds = options.GracePeriodSeconds,
        };
}

internal sealed record PreconditionsBody
{
    public string? Uid { get; init; }
    public string? ResourceVersion { get; init; }
}

/// <summary>What a bookmark carries: only its place in the history.</summary>
internal sealed record BookmarkObject
{
    public BookmarkMeta? Metadata { get; init; }
}

internal sealed record BookmarkMeta
{
    public string? ResourceVersion { get; init; }
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }
}
