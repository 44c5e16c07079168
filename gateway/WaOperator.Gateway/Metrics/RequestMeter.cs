using WaOperator.Gateway.Hosting;

namespace WaOperator.Gateway.Metrics;

/// <summary>Counts what tenants are answered.</summary>
internal sealed class RequestMeter(GatewayMetrics metrics, TimeProvider time)
{
    /// <summary>Around all that answers tenants.</summary>
    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        if (GatewayPorts.IsForHealth(http))
        {
            await next(http);
            return;
        }
        var began = time.GetTimestamp();
        try
        {
            await next(http);
        }
        finally
        {
            var streams =
                http.WebSockets.IsWebSocketRequest
                || http.GetEndpoint()?.Metadata.GetMetadata<Polled>() is { Waits: true }
                || http.Response.ContentType?.StartsWith(
                    "text/event-stream",
                    StringComparison.Ordinal
                ) == true;
            metrics.Answered(http.Response.StatusCode, streams ? null : time.GetElapsedTime(began));
        }
    }
}
