using System.Globalization;
using WaOperator.Api;
using WaOperator.Domain;
using WaOperator.Gateway.Description;
using WaOperator.Gateway.Forwarding;
using WaOperator.Gateway.Sessions;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Webhooks;

/// <summary>Shows tenants how their webhooks are, and lets them post again what they have given up. Resources make and change webhooks.</summary>
internal sealed class WebhookEndpoints(
    GatewayStore store,
    StoreHold hold,
    WebhookCallers callers,
    SessionBody bodies,
    TestEvents tests
)
{
    private const int MaxIds = 100;
    private const int MaxPage = 500;
    private const int DefaultPage = 100;

    /// <summary>Maps the paths.</summary>
    public void Map(WebApplication app)
    {
        app.MapGet("/v1/webhooks", (Delegate)ListAsync)
            .Requiring(ApiScopes.WebhooksRead)
            .WithName("listWebhooks")
            .WithSummary("The webhooks of the key's tenants, a page at a time")
            .WithDescription(
                """
                Parameters: limit (1 to 500, default 100) and after (the next of the page before). A key that is limited to sessions sees none. The Link header has the next page, too.
                """
            )
            .Produces<WebhookPage>()
            .Refuses(400, 503);
        var webhook = app.MapGroup("/v1/webhooks/{namespace}/{webhook}");
        webhook
            .MapGet("", GetAsync)
            .Requiring(ApiScopes.WebhooksRead)
            .WithName("getWebhook")
            .WithSummary("How a webhook is, as pods reported it some seconds ago")
            .Produces<WebhookShown>()
            .Refuses(404, 503);
        webhook
            .MapGet("/dead", ListDeadAsync)
            .Requiring(ApiScopes.WebhooksRead)
            .WithName("listDeadEvents")
            .WithSummary("Events that a webhook has given up, a page at a time")
            .WithDescription(
                """
                Parameters: limit (1 to 500, default 100) and after (the next of the page before). What an event says is not told here: retryDeadEvents posts it again. The Link header has the next page, too.
                """
            )
            .Produces<DeadEventPage>()
            .Refuses(400, 404, 503);
        webhook
            .MapPost("/retry", RetryAsync)
            .Requiring(ApiScopes.WebhooksWrite)
            .WithName("retryDeadEvents")
            .WithSummary(
                "Posts events that a webhook has given up once more; the body may be left out"
            )
            .WithDescription(
                """
                Without ids it is all of them, at most 10,000, those first that were given up first. One that is refused again is given up again. Asked twice, an event is posted once more often at most.
                """
            )
            .Taking<WebhookRetryRequest>(required: false)
            .Produces<WebhookRetried>(202)
            .Refuses(400, 404, 415, 503);
        webhook
            .MapPost("/resume", ResumeAsync)
            .Requiring(ApiScopes.WebhooksWrite)
            .WithName("resumeWebhook")
            .WithSummary("Lets a webhook that was disabled post again, from where it was")
            .WithDescription("One that is not disabled stays as it is.")
            .Produces<WebhookShown>(202)
            .Refuses(404, 503);
        webhook
            .MapPost("/test", TestAsync)
            .Requiring(ApiScopes.WebhooksWrite)
            .WithName("testWebhook")
            .WithSummary(
                "Posts a test event to a webhook's endpoint at once, and tells what it said"
            )
            .WithDescription(
                """
                Whatever state the webhook is in: nothing of that is changed, and the event, of type webhook.test, is posted once. A tenant has one test at a time and 6 a minute on each pod.
                """
            )
            .Produces<WebhookTested>()
            .Refuses(404, 429, 502, 503);
    }

    private async Task<IResult> ListAsync(HttpContext http)
    {
        var (tenants, refusal) = await callers.AskAsync(http);
        if (refusal is not null)
            return refusal;
        long from = 0;
        if (
            ReadPage(
                http.Request.Query,
                text => SessionCursor.Read(text) is { } at && (from = at) > 0,
                out var limit
            ) is
            { } wrong
        )
            return Problems.Bad(wrong);
        // One more than is shown says whether there is another page.
        var rows = await callers.ReadAsync(http, tenants, null, null, from, limit + 1);
        var shown = rows.Take(limit).ToArray();
        var next = rows.Count > shown.Length ? SessionCursor.Write(shown[^1].Id) : null;
        Link(http, next, limit);
        return Results.Json(
            new WebhookPage([.. shown.Select(WebhookShown.Of)], next),
            WebhooksJson.Default.WebhookPage
        );
    }

    private async Task<IResult> GetAsync(HttpContext http, string @namespace, string webhook)
    {
        var found = await callers.FindAsync(http, @namespace, webhook);
        return found.Refusal
            ?? Results.Json(WebhookShown.Of(found.Row!), WebhooksJson.Default.WebhookShown);
    }

    private async Task<IResult> ListDeadAsync(HttpContext http, string @namespace, string webhook)
    {
        var found = await callers.FindAsync(http, @namespace, webhook);
        if (found.Refusal is { } refusal)
            return refusal;
        var from = new PostedEvent();
        if (
            ReadPage(
                http.Request.Query,
                text => WebhookEventId.Read(text) is { } at && (from = at) == at,
                out var limit
            ) is
            { } wrong
        )
            return Problems.Bad(wrong);
        var rows = await hold.AskAsync(
            () =>
                new ValueTask<IReadOnlyList<DeadEvent>>(
                    store.Webhooks.ReadDeadAsync(
                        found.Row!.Id,
                        found.Tenants,
                        from,
                        limit + 1,
                        http.RequestAborted
                    )
                ),
            http.RequestAborted
        );
        var shown = rows.Take(limit).ToArray();
        var next = rows.Count > shown.Length ? WebhookEventId.Write(shown[^1].Event) : null;
        Link(http, next, limit);
        return Results.Json(
            new DeadEventPage([.. shown.Select(DeadEventShown.Of)], next),
            WebhooksJson.Default.DeadEventPage
        );
    }

    private async Task<IResult> RetryAsync(HttpContext http, string @namespace, string webhook)
    {
        var found = await callers.FindAsync(http, @namespace, webhook);
        if (found.Refusal is { } refusal)
            return refusal;
        var body = await bodies.ReadAsync(
            http.Request,
            found.Row!.TenantId,
            WebhooksJson.Default.WebhookRetryRequest,
            absent: new()
        );
        if (body.Refusal is { } unread)
            return unread;
        var events = ReadIds(body.Value!.Ids, out var errors);
        if (errors.Count > 0)
            return Problems.BadFields(errors);
        var retried = await store.Webhooks.RetryAsync(
            found.Row.Id,
            found.Tenants,
            events,
            http.RequestAborted
        );
        return Results.Json(
            new WebhookRetried(retried),
            WebhooksJson.Default.WebhookRetried,
            statusCode: 202
        );
    }

    private async Task<IResult> ResumeAsync(HttpContext http, string @namespace, string webhook)
    {
        var found = await callers.FindAsync(http, @namespace, webhook);
        if (found.Refusal is { } refusal)
            return refusal;
        await store.Webhooks.ResumeAsync(found.Row!.Id, found.Tenants, http.RequestAborted);
        var now = await callers.ReadAsync(http, found.Tenants, @namespace, webhook, 0, 1);
        return now is [var row]
            ? Results.Json(WebhookShown.Of(row), WebhooksJson.Default.WebhookShown, statusCode: 202)
            : Problems.NoWebhook(@namespace, webhook);
    }

    private async Task TestAsync(HttpContext http, string @namespace, string webhook)
    {
        var found = await callers.FindAsync(http, @namespace, webhook);
        var refusal = found.Refusal ?? await tests.BringAsync(http, found.Row!);
        if (refusal is not null)
            await refusal.ExecuteAsync(http);
    }

    /// <summary>The ids of a request. Pure.</summary>
    internal static IReadOnlyCollection<PostedEvent>? ReadIds(
        IReadOnlyList<string>? ids,
        out IReadOnlyList<ProblemError> errors
    )
    {
        errors = [];
        if (ids is null)
            return null;
        if (ids.Count is 0 or > MaxIds)
        {
            errors = [new("#/ids", $"must have 1 to {MaxIds} ids; without ids all are meant")];
            return null;
        }
        var read = new HashSet<PostedEvent>();
        var wrong = new List<ProblemError>();
        for (var i = 0; i < ids.Count; i++)
            if (WebhookEventId.Read(ids[i]) is { } posted)
                read.Add(posted);
            else
                wrong.Add(
                    new(
                        string.Create(CultureInfo.InvariantCulture, $"#/ids/{i}"),
                        "must be the id of an event, such as evt_1f_42"
                    )
                );
        errors = wrong;
        return read;
    }

    /// <summary>The parameters of a page. Pure.</summary>
    /// <param name="parameters">As they came.</param>
    /// <param name="read">Takes the cursor; false: it is none.</param>
    /// <param name="limit">How many are asked for.</param>
    /// <returns>What is wrong; null for nothing.</returns>
    internal static string? ReadPage(
        IQueryCollection parameters,
        Func<string, bool> read,
        out int limit
    )
    {
        limit = DefaultPage;
        foreach (var (name, values) in parameters)
        {
            if (values is not [{ } value])
                return $"the parameter {SessionQuery.Shown(name)} is given {values.Count} times; give it once";
            switch (name)
            {
                case "limit":
                    if (
                        !int.TryParse(
                            value,
                            NumberStyles.None,
                            CultureInfo.InvariantCulture,
                            out limit
                        ) || limit is < 1 or > MaxPage
                    )
                        return $"limit must be a number from 1 to {MaxPage}";
                    break;
                case "after":
                    if (!read(value))
                        return "after must be what an earlier page of the same list gave as next, unchanged";
                    break;
                default:
                    return $"there is no parameter {SessionQuery.Shown(name)}; there are limit and after";
            }
        }
        return null;
    }

    private static void Link(HttpContext http, string? next, int limit)
    {
        if (next is not null)
            http.Response.Headers.Link =
                $"<{http.Request.Path}?limit={limit.ToString(CultureInfo.InvariantCulture)}&after={next}>; rel=\"next\"";
    }
}
