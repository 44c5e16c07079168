namespace WaOperator.Resources;

/// <summary>Where one of a tenant's API keys stands, and what it opens.</summary>
public sealed record ApiKeyReference
{
    /// <summary>Name of the Secret.</summary>
    public string Name
    {
        get => field ?? "";
        init;
    }

    /// <summary>Key in its data.</summary>
    public string Key
    {
        get => field ?? "";
        init;
    }

    /// <summary>What it may be used for; everything when empty. At most 32.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>Names of the sessions that it opens; all of the tenant when empty. At most 256.</summary>
    public IReadOnlyList<string>? Sessions { get; init; }

    /// <summary>When it ends; never when left out.</summary>
    public DateTimeOffset? NotAfter { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}/{Key}";
}
