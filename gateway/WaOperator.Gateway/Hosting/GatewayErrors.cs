using WaOperator.Api;
using WaOperator.Gateway.Cloud;
using WaOperator.Store;

namespace WaOperator.Gateway.Hosting;

/// <summary>Refuses what came by the wrong port, and answers every failure of the gateway with a problem document.</summary>
internal sealed partial class GatewayErrors(TimeProvider time, ILogger<GatewayErrors> logger)
{
    private static readonly TimeSpan TellAgain = TimeSpan.FromSeconds(10);
    private long _refused;
    private long _told = long.MinValue;

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
                await SayAsync(http, refusal);
        }
        catch (OperationCanceledException)
        {
            // The client has gone, or the gateway stops.
            http.Abort();
        }
        catch (BadHttpRequestException e) when (!http.Response.HasStarted)
        {
            await SayAsync(http, Problems.Unreadable(e.StatusCode, e.Message));
        }
        catch (Exception e) when (DatabaseFailure.IsAway(e) && !http.Response.HasStarted)
        {
            TellAway(e);
            await SayAsync(http, Problems.StoreAway());
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            Log.Failed(logger, http.GetEndpoint()?.DisplayName ?? "", e);
            await SayAsync(http, Problems.GatewayFailed());
        }
    }

    /// <summary>While PostgreSQL is away each request ends here: a line now and then says how many.</summary>
    private void TellAway(Exception e)
    {
        Interlocked.Increment(ref _refused);
        var told = Volatile.Read(ref _told);
        var now = time.GetTimestamp();
        if (
            (told != long.MinValue && time.GetElapsedTime(told, now) < TellAgain)
            || Interlocked.CompareExchange(ref _told, now, told) != told
        )
            return;
        Log.Away(logger, Interlocked.Exchange(ref _refused, 0), e);
    }

    /// <summary>Answers in the shape of what was called.</summary>
    private static Task SayAsync(HttpContext http, ProblemAnswer problem) =>
        CloudErrors.Covers(http.Request.Path)
            ? CloudErrors.Of(problem).ExecuteAsync(http)
            : problem.ExecuteAsync(http);

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

        [LoggerMessage(
            EventIds.GatewayErrorsAway,
            LogLevel.Warning,
            "PostgreSQL does not answer; requests refused since the last such line: {Count}"
        )]
        public static partial void Away(ILogger logger, long count, Exception e);
    }
}
