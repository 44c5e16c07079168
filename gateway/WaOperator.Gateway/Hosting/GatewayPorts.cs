using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace WaOperator.Gateway.Hosting;

/// <summary>
/// Serves each endpoint on its own port only: what the connection came in by decides, never the text of the request. An endpoint that does
/// not say that it is for the health port is served to tenants.
/// </summary>
internal static class GatewayPorts
{
    /// <summary>Marks all that comes in by this port as the cluster's.</summary>
    public static void ForHealth(this ListenOptions listen) =>
        listen.Use(next =>
            connection =>
            {
                connection.Features.Set(HealthPortMark.Instance);
                return next(connection);
            }
        );

    /// <summary>Serves endpoints on the health port.</summary>
    public static TBuilder ServedForHealth<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder =>
        endpoints.WithMetadata(HealthPortMark.Instance);

    /// <summary>Whether a request came in by the health port.</summary>
    public static bool IsForHealth(HttpContext http) =>
        http.Features.Get<HealthPortMark>() is not null;

    /// <summary>Whether an endpoint may answer a request. Pure.</summary>
    /// <param name="endpoint">What the routing chose; null for nothing.</param>
    /// <param name="forHealth">The request came in by the health port.</param>
    public static bool MayServe(Endpoint? endpoint, bool forHealth) =>
        endpoint is not null
        && endpoint.Metadata.GetMetadata<HealthPortMark>() is not null == forHealth;

    private sealed class HealthPortMark
    {
        public static readonly HealthPortMark Instance = new();
    }
}
