using WaOperator.Metrics;
using WaOperator.SessionPod.Hosting;

namespace WaOperator.SessionPod.Health;

/// <summary>/livez, /readyz, /metrics.</summary>
internal static class PodEndpoints
{
    public static void Map(WebApplication app)
    {
        var status = app.Services.GetRequiredService<PodStatus>();
        var metrics = app.Services.GetRequiredService<PrometheusExporter>();
        app.MapGet("/livez", (HttpContext http) => AnswerAsync(http, status.Dead()));
        app.MapGet("/readyz", (HttpContext http) => AnswerAsync(http, status.NotReady()));
        app.MapGet(
            "/metrics",
            async (HttpContext http) =>
            {
                http.Response.ContentType = PrometheusExporter.ContentType;
                await metrics.WriteAsync(http.Response.Body, http.RequestAborted);
            }
        );
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
