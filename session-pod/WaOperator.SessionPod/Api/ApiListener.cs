using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace WaOperator.SessionPod.Api;

/// <summary>Marks requests that came in by the API's port, so that neither port serves what belongs to the other.</summary>
internal sealed class ApiListener
{
    private static readonly ApiListener Mark = new();

    /// <summary>Marks all that comes by this port.</summary>
    public static void Use(ListenOptions port) =>
        port.Use(next =>
            connection =>
            {
                connection.Features.Set(Mark);
                return next(connection);
            }
        );

    /// <summary>Sends away what came by the wrong port.</summary>
    public static void Separate(WebApplication app) =>
        app.Use(
            (http, next) =>
            {
                var api =
                    http.Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal)
                    || http.Request.Path.StartsWithSegments("/openapi", StringComparison.Ordinal);
                if (api == http.Features.Get<ApiListener>() is not null)
                    return next(http);
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }
        );
}
