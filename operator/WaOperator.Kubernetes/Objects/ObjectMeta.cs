using System.Text.Json.Serialization;

namespace WaOperator.Kubernetes.Objects;

/// <summary>
/// Metadata of an object. <c>managedFields</c> and kubectl's annotation <c>last-applied-configuration</c> are left out on
/// purpose: each is as large as the object, nothing here reads them, and a cache of 100,000 objects would hold them for
/// nothing.
/// </summary>
public sealed record ObjectMeta
{
    internal static readonly ObjectMeta Empty = new();

    public string? Name { get; init; }
    public string? GenerateName { get; init; }

    [JsonConverter(typeof(SharedStringConverter))]
    public string? Namespace { get; init; }
    public string? Uid { get; init; }
    public string? ResourceVersion { get; init; }
    public long? Generation { get; init; }

    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? CreationTimestamp { get; init; }

    /// <summary>Set once deletion was asked for; the object goes when its last finalizer is gone.</summary>
    [JsonConverter(typeof(TimeConverter))]
    public DateTimeOffset? DeletionTimestamp { get; init; }
    public long? DeletionGracePeriodSeconds { get; init; }

    [JsonConverter(typeof(StringMapConverter))]
    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    [JsonConverter(typeof(StringMapConverter))]
    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    [JsonConverter(typeof(SharedStringListConverter))]
    public IReadOnlyList<string>? Finalizers { get; init; }
    public IReadOnlyList<OwnerReference>? OwnerReferences { get; init; }

    /// <summary>Whether deletion was asked for.</summary>
    [JsonIgnore]
    public bool IsBeingDeleted => DeletionTimestamp is not null;

    /// <summary>The owner that controls the object, if any.</summary>
    [JsonIgnore]
    public OwnerReference? Controller => OwnerReferences?.FirstOrDefault(o => o.Controller == true);

    /// <summary>A label's value, or null.</summary>
    public string? Label(string name) => Labels?.GetValueOrDefault(name);

    /// <summary>An annotation's value, or null.</summary>
    public string? Annotation(string name) => Annotations?.GetValueOrDefault(name);

    /// <summary>Whether the object has the finalizer.</summary>
    public bool HasFinalizer(string name) =>
        Finalizers?.Contains(name, StringComparer.Ordinal) == true;
}

/// <summary>The object that owns another: when it goes, so do its dependents.</summary>
public sealed record OwnerReference
{
    [JsonConverter(typeof(SharedStringConverter))]
    public string? ApiVersion { get; init; }

    [JsonConverter(typeof(SharedStringConverter))]
    public string? Kind { get; init; }

    [JsonConverter(typeof(SharedStringConverter))]
    public string? Name { get; init; }

    [JsonConverter(typeof(SharedStringConverter))]
    public string? Uid { get; init; }
    public bool? Controller { get; init; }
    public bool? BlockOwnerDeletion { get; init; }

    /// <summary>A reference to <paramref name="owner"/> as the one controller.</summary>
    public static OwnerReference ControllerOf(IKubernetesObject owner) =>
        new()
        {
            ApiVersion = owner.ApiVersion,
            Kind = owner.Kind,
            Name = owner.Metadata.Name,
            Uid = owner.Metadata.Uid,
            Controller = true,
            BlockOwnerDeletion = true,
        };
}

/// <summary>Metadata of a list.</summary>
public sealed record ListMeta
{
    public string? ResourceVersion { get; init; }
    public string? Continue { get; init; }
    public long? RemainingItemCount { get; init; }
}

/// <summary>A reference to an object of any kind, as Events use it.</summary>
public sealed record ObjectReference
{
    public string? ApiVersion { get; init; }
    public string? Kind { get; init; }
    public string? Namespace { get; init; }
    public string? Name { get; init; }
    public string? Uid { get; init; }
    public string? ResourceVersion { get; init; }
    public string? FieldPath { get; init; }

    /// <summary>A reference to <paramref name="obj"/>.</summary>
    public static ObjectReference To(IKubernetesObject obj) =>
        new()
        {
            ApiVersion = obj.ApiVersion,
            Kind = obj.Kind,
            Namespace = obj.Metadata.Namespace,
            Name = obj.Metadata.Name,
            Uid = obj.Metadata.Uid,
            ResourceVersion = obj.Metadata.ResourceVersion,
        };
}

/// <summary>A reference by name within the same namespace.</summary>
public sealed record LocalObjectReference
{
    public string? Name { get; init; }
}
