using Prometheus;
using WaOperator.Gateway.Metrics;

namespace WaOperator.Gateway.Hosting;

/// <summary>/livez, /readyz, /metrics.</summary>
internal static class HealthEndpoints
{
    public static void Map(WebApplication app)
    {
        var store = app.Services.GetRequiredService<StoreWatch>();
        var lifetime = app.Services.GetRequiredService<IHostApplicationLifetime>();
        app.MapGet("/livez", (HttpContext http) => AnswerAsync(http, null)).ServedForHealth();
        app.MapGet(
                "/readyz",
                (HttpContext http) =>
                    AnswerAsync(
                        http,
                        lifetime.ApplicationStopping.IsCancellationRequested
                            ? "stopping"
                            : store.Missing
                    )
            )
            .ServedForHealth();
        app.MapMetrics(s =>
            {
                s.Registry = app.Services.GetRequiredService<GatewayMetrics>().Registry;
                // OpenMetrics writes the bounds of buckets otherwise (1.0, not 1): they would be other series.
                s.EnableOpenMetrics = false;
            })
            .ServedForHealth();
    }

    private static Task AnswerAsync(HttpContext http, string? wrong)
    {
        http.Response.StatusCode = wrong is null
            ? StatusCodes.Status200OK
            : StatusCodes.Status503ServiceUnavailable;
        http.Response.ContentType = "text/plain; charset=utf-8";
        return http.Response.WriteAsync($"{wrong ?? "ok"}\n", http.RequestAborted);
    }
}
