using WaOperator.Api;
using WaOperator.Domain;
using WaOperator.Gateway.Description;
using WaOperator.Resources;

namespace WaOperator.Gateway.Sessions;

/// <summary>Asks for a new round of pairing codes, by a mark on the session's resource. Pods show the codes.</summary>
internal sealed class RoundEndpoint(
    SessionCallers callers,
    SessionBody bodies,
    SessionWrites writes,
    TimeProvider time
)
{
    /// <summary>Maps the path.</summary>
    public void Map(WebApplication app) =>
        app.MapPost("/v1/sessions/{namespace}/{name}/pairing", PairAsync)
            .WithOrder(-1)
            .Requiring(ApiScopes.SessionsPair)
            .WithName("startPairing")
            .WithSummary("Asks for a new round of codes; the body may be left out")
            .Taking<PairingRoundRequest>(required: false)
            .Produces<PairingRound>(202)
            .Refuses(400, 404, 409, 415, 422, 501, 503);

    private async Task<IResult> PairAsync(HttpContext http, string @namespace, string name)
    {
        var caller = await callers.AskAsync(http);
        if (caller.Refusal is { } refusal)
            return refusal;
        if (writes.Resources is null)
            return SessionWrites.NoCluster();
        var body = await bodies.ReadAsync(
            http.Request,
            caller.Tenants[0],
            SessionsJson.Default.PairingRoundRequest,
            absent: new()
        );
        if (body.Refusal is { } unread)
            return unread;
        var method = body.Value!.Method;
        if (method is not (null or PairingMethods.Qr or PairingMethods.Code))
            return Problems.InvalidSession(
                $"method must be {PairingMethods.Qr} or {PairingMethods.Code}",
                [new("#/method", $"must be {PairingMethods.Qr} or {PairingMethods.Code}")]
            );
        var request = time.GetUtcNow().ToStamp();
        return await writes.ChangeAsync(
            http,
            caller,
            @namespace,
            name,
            now =>
                (
                    SessionDraft.Round(method, request, now),
                    now.Desired().State == DesiredStates.Stopped
                        ? Problems.SessionStopped(@namespace, name, "shows no codes")
                    : SessionSummary.Of(now).Paired ? Problems.AlreadyLinked(@namespace, name)
                    : null
                ),
            session =>
            {
                http.Response.Headers.Location = $"/v1/sessions/{@namespace}/{name}/pairing";
                return Results.Json(
                    new PairingRound(session.Pairing!.Method!, request),
                    SessionsJson.Default.PairingRound,
                    statusCode: 202
                );
            }
        );
    }
}
