using Prometheus;
using WaOperator.SessionPod.Hosting;
using WaOperator.SessionPod.Metrics;

namespace WaOperator.SessionPod.Health;

/// <summary>/livez, /readyz, /metrics.</summary>
internal static class PodEndpoints
{
    public static void Map(WebApplication app)
    {
        var status = app.Services.GetRequiredService<PodHealth>();
        app.MapGet("/livez", (HttpContext http) => AnswerAsync(http, status.Dead()))
            .ServedOn(PodPort.Health);
        app.MapGet("/readyz", (HttpContext http) => AnswerAsync(http, status.NotReady()))
            .ServedOn(PodPort.Health);
        app.MapMetrics(s =>
            {
                s.Registry = app.Services.GetRequiredService<PodMetrics>().Registry;
                // OpenMetrics writes the bounds of buckets otherwise (1.0, not 1): they would be other series.
                s.EnableOpenMetrics = false;
            })
            .ServedOn(PodPort.Health);
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
