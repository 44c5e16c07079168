namespace WaOperator.Domain;

/// <summary>Ports of a session pod.</summary>
public static class ContainerPorts
{
    /// <summary>Health and metrics.</summary>
    public const int Health = 8080;

    /// <summary>The tenants' API.</summary>
    public const int Api = 8081;
}
