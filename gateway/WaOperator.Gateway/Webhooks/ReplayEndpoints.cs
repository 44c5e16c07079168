using System.Globalization;
using WaOperator.Api;
using WaOperator.Domain;
using WaOperator.Gateway.Description;
using WaOperator.Gateway.Forwarding;
using WaOperator.Gateway.Sessions;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Webhooks;

/// <summary>Lets tenants have events of a span of time posted once more.</summary>
internal sealed class ReplayEndpoints(
    GatewayStore store,
    StoreHold hold,
    WebhookCallers callers,
    SessionBody bodies
)
{
    /// <summary>Maps the paths.</summary>
    public void Map(WebApplication app)
    {
        const string path = "/v1/webhooks/{namespace}/{webhook}/replay";
        app.MapPost(path, BeginAsync)
            .Requiring(ApiScopes.WebhooksWrite)
            .WithName("startReplay")
            .WithSummary("Posts events of a span of time once more")
            .WithDescription(
                """
                What the webhook has posted of the sessions, or passed over and asks for by now, is posted with the same webhook-id and the header webhook-replay: true, the oldest of a session first, while no other event of the webhook waits on the pod. Times are those of the events. What is refused is counted and passed over; with only: failed, what is taken is no longer dead.
                """
            )
            .Taking<ReplayRequest>()
            .Produces<ReplayBegun>(202)
            .Refuses(400, 404, 409, 415, 503);
        app.MapGet(path, ListAsync)
            .Requiring(ApiScopes.WebhooksRead)
            .WithName("listReplays")
            .WithSummary("How the replays of a webhook are, the newest first")
            .WithDescription(
                "Of each session the newest replay is known, until the session is deleted."
            )
            .Produces<ReplayList>()
            .Refuses(404, 503);
        app.MapDelete(path, CancelAsync)
            .Requiring(ApiScopes.WebhooksWrite)
            .WithName("cancelReplays")
            .WithSummary("Ends the replays of a webhook that are not done")
            .WithDescription(
                "What a pod has begun to post of them, a page of events, may be posted still."
            )
            .Produces<ReplayCancelled>(202)
            .Refuses(404, 503);
    }

    private async Task<IResult> BeginAsync(HttpContext http, string @namespace, string webhook)
    {
        var found = await callers.FindAsync(http, @namespace, webhook);
        if (found.Refusal is { } refusal)
            return refusal;
        var body = await bodies.ReadAsync(
            http.Request,
            found.Row!.TenantId,
            WebhooksJson.Default.ReplayRequest
        );
        if (body.Refusal is { } unread)
            return unread;
        if (ReplayQuery.Read(body.Value!, out var errors) is not { } span)
            return Problems.BadFields(errors);
        var (outcome, number, sessions) = await store.Replays.BeginAsync(
            found.Row.Id,
            found.Tenants,
            span,
            http.RequestAborted
        );
        return outcome switch
        {
            ReplayOutcome.NoSession => span.Session is { } session
                ? Problems.NoSession(session.Namespace, session.Name)
                : Problems.NoWebhook(@namespace, webhook),
            ReplayOutcome.Running => Problems.ReplayRuns(@namespace, webhook),
            ReplayOutcome.TooMany => Problems.BadFields([
                new(
                    "#/session",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"must be given: the span is of more than {TenantReplays.MaxSessions} sessions"
                    )
                ),
            ]),
            _ => Results.Json(
                new ReplayBegun(number, sessions),
                WebhooksJson.Default.ReplayBegun,
                statusCode: 202
            ),
        };
    }

    private async Task<IResult> ListAsync(HttpContext http, string @namespace, string webhook)
    {
        var found = await callers.FindAsync(http, @namespace, webhook);
        if (found.Refusal is { } refusal)
            return refusal;
        var rows = await hold.AskAsync(
            () =>
                new ValueTask<IReadOnlyList<TenantReplay>>(
                    store.Replays.ReadAsync(found.Row!.Id, found.Tenants, http.RequestAborted)
                ),
            http.RequestAborted
        );
        return Results.Json(
            new ReplayList([.. rows.Select(ReplayShown.Of)]),
            WebhooksJson.Default.ReplayList
        );
    }

    private async Task<IResult> CancelAsync(HttpContext http, string @namespace, string webhook)
    {
        var found = await callers.FindAsync(http, @namespace, webhook);
        if (found.Refusal is { } refusal)
            return refusal;
        var ended = await store.Replays.CancelAsync(
            found.Row!.Id,
            found.Tenants,
            http.RequestAborted
        );
        return Results.Json(
            new ReplayCancelled(ended),
            WebhooksJson.Default.ReplayCancelled,
            statusCode: 202
        );
    }
}
