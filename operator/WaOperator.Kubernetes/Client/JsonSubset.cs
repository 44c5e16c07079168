using System.Text.Json;
using System.Text.Json.Nodes;

namespace WaOperator.Kubernetes.Client;

/// <summary>Whether an object already is as desired: the server adds defaults and others add fields of their own.</summary>
internal static class JsonSubset
{
    /// <summary>Lists of <c>metadata</c> to which others add members of theirs.</summary>
    private static readonly HashSet<string> Shared = new(StringComparer.Ordinal)
    {
        "finalizers",
        "ownerReferences",
    };

    /// <summary>Whether every field of <paramref name="desired"/> stands in <paramref name="live"/> with that value.</summary>
    public static bool Holds(JsonNode? desired, JsonNode? live) =>
        (desired, live) switch
        {
            (null, null) => true,
            (JsonObject d, JsonObject l) => d.All(p =>
                l.TryGetPropertyValue(p.Key, out var value) && HoldsField(p.Key, p.Value, value)
            ),
            (JsonArray d, JsonArray l) => d.Count == l.Count
                && d.Zip(l).All(p => Holds(p.First, p.Second)),
            (JsonValue d, JsonValue l) => SameValue(d, l),
            _ => false,
        };

    private static bool HoldsField(string name, JsonNode? desired, JsonNode? live) =>
        Shared.Contains(name) && desired is JsonArray d && live is JsonArray l
            ? d.All(wanted => l.Any(there => Holds(wanted, there)))
            : Holds(desired, live);

    private static bool SameValue(JsonValue a, JsonValue b) =>
        a.GetValueKind() == JsonValueKind.Number && b.GetValueKind() == JsonValueKind.Number
            ? a.ToJsonString() == b.ToJsonString()
            : JsonNode.DeepEquals(a, b);
}
