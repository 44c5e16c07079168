namespace WaOperator.Interop.Clients;

/// <summary>A client that takes part.</summary>
public enum Release
{
    /// <summary>Our own: tools/WaOperator.Client.</summary>
    Ours,

    /// <summary>The tenants' HTTP API of our session pods, through our gateway.</summary>
    Api,

    /// <summary>Unmodified Baileys 7.0.0-rc14.</summary>
    Rc14,

    /// <summary>Unmodified Baileys 6.7.24.</summary>
    V6,
}

/// <summary>Names of releases.</summary>
public static class Releases
{
    /// <summary>As the matrix shows it.</summary>
    public static string Name(this Release release) =>
        release switch
        {
            Release.Ours => "ours",
            Release.Api => "api",
            Release.Rc14 => "rc14",
            _ => "6.7.24",
        };

    /// <summary>True for the clients of others.</summary>
    public static bool IsTheirs(this Release release) => release is Release.Rc14 or Release.V6;
}
