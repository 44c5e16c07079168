namespace WaOperator.Domain;

/// <summary>Ports of a gateway.</summary>
public static class GatewayPort
{
    /// <summary>The tenants' API.</summary>
    public const int Api = 8080;

    /// <summary>Health and metrics.</summary>
    public const int Health = 8081;
}
