namespace WaOperator.Resources;

/// <summary>A whole Secret of the object's own namespace.</summary>
public sealed record SecretReference
{
    /// <summary>Its name.</summary>
    public string Name
    {
        get => field ?? "";
        init;
    }
}
