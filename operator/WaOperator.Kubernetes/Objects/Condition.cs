using System.Text.Json.Serialization;

namespace WaOperator.Kubernetes.Objects;

/// <summary>One aspect of an object's state, as <c>kubectl wait --for=condition=</c> reads it.</summary>
public sealed record Condition
{
    /// <summary>CamelCase, such as <c>Ready</c>.</summary>
    [JsonConverter(typeof(SharedStringConverter))]
    public string Type { get; init; } = "";

    /// <summary><c>True</c>, <c>False</c> or <c>Unknown</c>.</summary>
    [JsonConverter(typeof(SharedStringConverter))]
    public string Status { get; init; } = "";

    /// <summary>CamelCase, for programs; never empty.</summary>
    [JsonConverter(typeof(SharedStringConverter))]
    public string? Reason { get; init; }

    /// <summary>For people.</summary>
    [JsonConverter(typeof(SharedStringConverter))]
    public string? Message { get; init; }

    /// <summary>When <see cref="Status"/> last changed.</summary>
    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? LastTransitionTime { get; init; }

    /// <summary>The generation of the object that this condition reflects.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Whether <see cref="Status"/> is <c>True</c>.</summary>
    [JsonIgnore]
    public bool IsTrue => Status == "True";
}

/// <summary>Reading and changing a list of conditions; lists are never changed in place.</summary>
public static class Conditions
{
    /// <summary>The condition of that type, or null.</summary>
    public static Condition? Find(this IReadOnlyList<Condition>? conditions, string type) =>
        conditions?.FirstOrDefault(c => c.Type == type);

    /// <summary>Whether the condition of that type is there and <c>True</c>.</summary>
    public static bool IsTrue(this IReadOnlyList<Condition>? conditions, string type) =>
        conditions.Find(type)?.IsTrue == true;

    /// <summary>
    /// The list with <paramref name="condition"/> put in the place of the one of its type.
    /// <see cref="Condition.LastTransitionTime"/> is kept while the status is the same, and is <paramref name="now"/>
    /// otherwise.
    /// </summary>
    public static IReadOnlyList<Condition> Set(
        this IReadOnlyList<Condition>? conditions,
        Condition condition,
        DateTimeOffset now
    )
    {
        var old = conditions.Find(condition.Type);
        var since =
            old is not null && old.Status == condition.Status ? old.LastTransitionTime : null;
        var next = condition with { LastTransitionTime = since ?? now.ToSeconds() };
        return old is null
            ? [.. conditions ?? [], next]
            : [.. conditions!.Select(c => c.Type == next.Type ? next : c)];
    }
}
