using WaOperator.Api;
using WaOperator.SessionPod.Hosting;

namespace WaOperator.SessionPod.Api;

/// <summary>What this pod remembers of its posts of a webhook, for gateways, which put together what all pods do.</summary>
internal sealed class WebhookAttemptsEndpoint(ApiDesk desk)
{
    /// <summary>Maps the path.</summary>
    public void Map(WebApplication app) =>
        app.MapGet("/v1/webhooks/{namespace}/{webhook}/attempts", ListAsync)
            .ServedOn(PodPort.Api)
            .Requiring(ApiScopes.WebhooksRead)
            .ExcludeFromDescription();

    private async Task<IResult> ListAsync(
        HttpContext http,
        string @namespace,
        string webhook,
        bool failed = false
    )
    {
        if (desk.Current is not { } tenure)
            return Problems.NoLease();
        var key = await tenure.Keys.AskAsync(http, openedBefore: false);
        if (key.Busy)
            return Problems.TooManyKeys();
        if (key.Grants.Count == 0)
            return Problems.Unauthorized();
        // A webhook may post of any session of its tenant.
        var tenants = key.WholeTenantsFor(ApiScopes.WebhooksRead);
        if (tenants.Count == 0)
            return Problems.NoWebhook(@namespace, webhook);
        foreach (var tenant in tenants)
            if (tenure.Webhooks.Find(tenant, @namespace, webhook) is { } found)
                return Results.Json(
                    new WebhookAttempts(found.Attempts.Read(failed)),
                    ApiJson.Default.WebhookAttempts
                );
        return Problems.NoPoster(@namespace, webhook);
    }
}
