using WaOperator.Api;
using WaOperator.Store;

namespace WaOperator.Gateway.Hosting;

/// <summary>Refuses what came by the wrong port, and answers every failure of the gateway with a problem document.</summary>
internal sealed partial class GatewayErrors(ILogger<GatewayErrors> logger)
{
    /// <summary>Between routing and endpoints.</summary>
    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        var forHealth = GatewayPorts.IsForHealth(http);
        var served = GatewayPorts.MayServe(http.GetEndpoint(), forHealth);
        if (!served)
            http.Response.StatusCode = StatusCodes.Status404NotFound;
        if (forHealth)
        {
            if (served)
                await next(http);
            return;
        }
        try
        {
            if (served)
                await next(http);
            // What the routing refused by itself.
            if (
                http.Response is { HasStarted: false, ContentType: null }
                && Explain(http.Response.StatusCode) is { } refusal
            )
                await refusal.ExecuteAsync(http);
        }
        catch (OperationCanceledException)
        {
            // The client has gone, or the gateway stops.
            http.Abort();
        }
        catch (BadHttpRequestException e) when (!http.Response.HasStarted)
        {
            await Problems.Unreadable(e.StatusCode, e.Message).ExecuteAsync(http);
        }
        catch (Exception e) when (DatabaseFailure.IsAway(e) && !http.Response.HasStarted)
        {
            await Problems.StoreAway().ExecuteAsync(http);
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            Log.Failed(logger, http.GetEndpoint()?.DisplayName ?? "", e);
            await Problems.GatewayFailed().ExecuteAsync(http);
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
        [LoggerMessage(
            EventIds.GatewayErrorsFailed,
            LogLevel.Error,
            "a request to {Endpoint} failed"
        )]
        public static partial void Failed(ILogger logger, string endpoint, Exception e);
    }
}
