namespace WaOperator.Resources;

/// <summary>One value in a Secret of the object's own namespace.</summary>
public sealed record SecretKeyReference
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

    /// <inheritdoc/>
    public override string ToString() => $"{Name}/{Key}";
}
