using WaOperator.Api;
using WaOperator.SessionPod.Webhooks;

namespace WaOperator.SessionPod.Api;

/// <summary>
/// Posts test events of webhooks. Gateways bring them here by a session of the tenant, which says nothing but that this pod has the tenant's
/// webhooks; their own path is the one that tenants know.
/// </summary>
internal sealed class WebhookTestEndpoint(WebhookTestShares shares)
{
    /// <summary>Maps the path below that of a session.</summary>
    public void Map(IEndpointRouteBuilder session) =>
        session
            .MapPost("/webhooks/{webhook}/test", TestAsync)
            .Requiring(ApiScopes.WebhooksWrite)
            .ExcludeFromDescription();

    private async Task<IResult> TestAsync(HttpContext http, string @namespace, string webhook)
    {
        var opened = http.OpenedSession();
        var (tenure, tenant) = (opened.Tenure, opened.Tenant);
        // A webhook may post of any session of its tenant.
        var key = await tenure.Keys.AskAsync(http, openedBefore: true);
        if (!key.WholeTenantsFor(ApiScopes.WebhooksWrite).Contains(tenant))
            return Problems.NoWebhook(@namespace, webhook);
        if (tenure.Webhooks.Find(tenant, @namespace, webhook) is not { } found)
            return Problems.NoPoster(@namespace, webhook);
        if (shares.Enter(tenant, out var wait) is { } full)
            return Problems.TooManyTests(full, wait);
        try
        {
            return await found.TestAsync(http.RequestAborted) is { } tested
                ? Results.Json(tested, ApiJson.Default.WebhookTested)
                : Problems.NoPoster(@namespace, webhook);
        }
        finally
        {
            shares.Leave(tenant);
        }
    }
}
