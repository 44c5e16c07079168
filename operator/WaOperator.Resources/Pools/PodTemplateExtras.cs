using System.Text.Json;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Resources;

/// <summary>What else is to be in the session pods' template, as in a PodSpec.</summary>
public sealed record PodTemplateExtras
{
    /// <summary>Labels to add to the pods.</summary>
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    /// <summary>Annotations to add to the pods.</summary>
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>Labels that a node must have to run the pods.</summary>
    public IReadOnlyDictionary<string, string>? NodeSelector { get; init; }

    /// <summary>Taints that the pods tolerate, at most 32.</summary>
    public IReadOnlyList<Toleration>? Tolerations { get; init; }

    /// <summary>Handed through as it was declared.</summary>
    public JsonElement? Affinity { get; init; }

    /// <summary>How the pods are spread; over nodes and zones when null. At most 8.</summary>
    public IReadOnlyList<TopologySpreadConstraint>? TopologySpreadConstraints { get; init; }

    /// <summary>PriorityClass of the pods.</summary>
    public string? PriorityClassName { get; init; }
}
