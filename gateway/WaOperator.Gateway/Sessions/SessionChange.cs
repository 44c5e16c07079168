using System.Text.Json.Nodes;

namespace WaOperator.Gateway.Sessions;

/// <summary>What is to be changed of a session's resource.</summary>
/// <param name="Spec">Fields of the spec and their new values; null for none.</param>
/// <param name="Metadata">Labels and annotations and their new values, null for those that go; null for none.</param>
internal sealed record SessionChange(JsonObject? Spec, JsonObject? Metadata)
{
    /// <summary>Nothing is to be written.</summary>
    public bool IsEmpty => Spec is null or { Count: 0 } && Metadata is null or { Count: 0 };

    /// <summary>The same with more metadata; null adds none.</summary>
    public SessionChange With(JsonObject? metadata) =>
        metadata is null ? this
        : Metadata is null ? this with { Metadata = metadata }
        : throw new InvalidOperationException("metadata is given once");

    /// <summary>The fields that it touches.</summary>
    public IReadOnlyList<ResourceField> Touched() =>
        [.. Leaves("spec", Spec), .. Leaves("metadata", Metadata)];

    /// <summary>As a JSON merge patch that fails once the session is no longer the one that the change was made for.</summary>
    public JsonObject ToMergePatch(ManagedMeta meta)
    {
        var metadata = (JsonObject?)Metadata?.DeepClone() ?? [];
        metadata["uid"] = meta.Uid;
        metadata["resourceVersion"] = meta.ResourceVersion;
        var patch = new JsonObject { ["metadata"] = metadata };
        if (Spec is { Count: > 0 })
            patch["spec"] = Spec.DeepClone();
        return patch;
    }

    private static IEnumerable<ResourceField> Leaves(string root, JsonObject? fields) =>
        fields is null ? [] : Walk([root], fields);

    private static IEnumerable<ResourceField> Walk(string[] at, JsonObject fields) =>
        fields.SelectMany(f =>
            f.Value is JsonObject inner
                ? Walk([.. at, f.Key], inner)
                : [new ResourceField([.. at, f.Key])]
        );
}
