using WaOperator.Api;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Hosting;

namespace WaOperator.SessionPod.Api;

/// <summary>Refuses what came by the wrong port, and answers every failure of the API with a problem document.</summary>
internal sealed partial class ApiErrors(ILogger<ApiErrors> logger)
{
    /// <summary>Between routing and endpoints.</summary>
    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        var port = PodPorts.PortOf(http);
        var served = PodPorts.MayServe(http.GetEndpoint(), port);
        if (port != PodPort.Api)
        {
            if (served)
                await next(http);
            else
                http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        try
        {
            if (served)
                await next(http);
            else
                http.Response.StatusCode = StatusCodes.Status404NotFound;
            // What the routing refused by itself.
            if (
                http.Response is { HasStarted: false, ContentType: null }
                && Explain(http.Response.StatusCode) is { } refusal
            )
                await refusal.ExecuteAsync(http);
        }
        catch (OperationCanceledException)
        {
            // The client has gone, or the pod stops.
            http.Abort();
        }
        catch (Exception e)
            when (CommitFailure.Classify(e) is not null && !http.Response.HasStarted)
        {
            await Problems.StoreAway().ExecuteAsync(http);
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            Log.Failed(logger, http.GetEndpoint()?.DisplayName ?? "", e);
            await Problems.Failed().ExecuteAsync(http);
        }
    }

    private static ProblemAnswer? Explain(int status) =>
        status switch
        {
            404 => Problems.NoPath(),
            405 => Problems.NoMethod(),
            415 => Problems.NotJson(),
            _ => null,
        };

    private static partial class Log
    {
        [LoggerMessage(EventIds.ApiErrorsFailed, LogLevel.Error, "a request to {Endpoint} failed")]
        public static partial void Failed(ILogger logger, string endpoint, Exception e);
    }
}
