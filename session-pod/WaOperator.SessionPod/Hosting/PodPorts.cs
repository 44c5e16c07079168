using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace WaOperator.SessionPod.Hosting;

/// <summary>The ports of a pod.</summary>
internal enum PodPort
{
    /// <summary>Probes and metrics, for the cluster.</summary>
    Health,

    /// <summary>The tenants' API.</summary>
    Api,
}

/// <summary>
/// Serves each endpoint on its own port only. What decides is the port that the connection came in by and what the endpoint was mapped
/// with, never the text of the request. An endpoint that names no port is served on none.
/// </summary>
internal static class PodPorts
{
    /// <summary>Marks all that comes in by this port.</summary>
    public static void Mark(this ListenOptions listen, PodPort port)
    {
        var mark = new CameInBy(port);
        listen.Use(next =>
            connection =>
            {
                connection.Features.Set(mark);
                return next(connection);
            }
        );
    }

    /// <summary>Serves endpoints on this port.</summary>
    public static TBuilder ServedOn<TBuilder>(this TBuilder endpoints, PodPort port)
        where TBuilder : IEndpointConventionBuilder => endpoints.WithMetadata(new Served(port));

    /// <summary>The port that a request came in by.</summary>
    public static PodPort? PortOf(HttpContext http) => http.Features.Get<CameInBy>()?.Port;

    /// <summary>Whether an endpoint may answer a request. Pure.</summary>
    /// <param name="endpoint">What the routing chose; null for nothing.</param>
    /// <param name="port">The port that the request came in by.</param>
    public static bool MayServe(Endpoint? endpoint, PodPort? port) =>
        endpoint switch
        {
            null => false,
            // Made by the routing itself, to say that no endpoint takes this method or type. It reveals the API's paths.
            not RouteEndpoint => port == PodPort.Api,
            _ => endpoint.Metadata.GetMetadata<Served>() is { } served && served.Port == port,
        };

    private sealed record CameInBy(PodPort Port);

    private sealed record Served(PodPort Port);
}
