using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Hosting;

namespace WaOperator.SessionPod.Api;

/// <summary>Sends away what came by the wrong port, and tells every failure of the API as a problem document.</summary>
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
            // What the routing refused by itself, without a word.
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
            await Answers
                .Problem(
                    503,
                    "The database does not answer",
                    "nothing was done; try again in a few seconds"
                )
                .ExecuteAsync(http);
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            Log.Failed(logger, http.GetEndpoint()?.DisplayName ?? "", e);
            await Answers
                .Problem(
                    500,
                    "The pod failed to answer",
                    "this is a fault of the pod, which has it in its log; a message may be sent again with the same id"
                )
                .ExecuteAsync(http);
        }
    }

    private static IResult? Explain(int status) =>
        status switch
        {
            404 => Answers.Problem(
                404,
                "No such path",
                "the paths stand in /openapi/v1.json; a session's begin with /v1/sessions/NAMESPACE/NAME"
            ),
            405 => Answers.Problem(
                405,
                "Not with this method",
                "which methods a path takes stands in /openapi/v1.json"
            ),
            415 => Answers.NotJson(),
            _ => null,
        };

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "a request to {Endpoint} failed")]
        public static partial void Failed(ILogger logger, string endpoint, Exception e);
    }
}
