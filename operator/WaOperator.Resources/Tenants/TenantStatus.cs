using WaOperator.Kubernetes.Objects;

namespace WaOperator.Resources;

/// <summary>What was seen of a tenant.</summary>
public sealed record TenantStatus
{
    /// <summary>The generation that this status was made from.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>Counts of the tenant's sessions.</summary>
    public TenantSessionCounts? Sessions { get; init; }

    /// <summary>See <see cref="ConditionTypes"/>.</summary>
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

/// <summary>A tenant's sessions counted. A session may count in several.</summary>
public sealed record TenantSessionCounts
{
    /// <summary>Those that refer to the tenant.</summary>
    public int Total { get; init; }

    /// <summary>Those that have a shard.</summary>
    public int Placed { get; init; }

    /// <summary>Those whose socket is logged in.</summary>
    public int Connected { get; init; }

    /// <summary>Those that wait for a phone to scan their code.</summary>
    public int Pairing { get; init; }

    /// <summary>Those that need a person.</summary>
    public int Failed { get; init; }
}
