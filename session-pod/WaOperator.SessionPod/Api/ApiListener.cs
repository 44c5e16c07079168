using Microsoft.AspNetCore.Server.Kestrel.Core;
using WaOperator.SessionPod.Commit;

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
                    return api ? ServeAsync(http, next) : next(http);
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }
        );

    private static async Task ServeAsync(HttpContext http, RequestDelegate next)
    {
        try
        {
            await next(http);
            // What the routing refused by itself, without a word.
            if (
                !http.Response.HasStarted
                && http.Response.ContentType is null
                && Explain(http.Response.StatusCode) is { } refusal
            )
                await refusal.ExecuteAsync(http);
        }
        catch (OperationCanceledException)
        {
            // Whoever asked has gone, or the pod stops.
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
}
