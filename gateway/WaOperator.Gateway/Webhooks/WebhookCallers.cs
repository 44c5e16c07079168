using WaOperator.Api;
using WaOperator.Gateway.Audit;
using WaOperator.Gateway.Forwarding;
using WaOperator.Gateway.Sessions;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Webhooks;

/// <summary>A webhook that a request is about.</summary>
/// <param name="Row">The webhook; null for a refusal.</param>
/// <param name="Tenants">Whose webhooks the request's key opens.</param>
/// <param name="Refusal">Why it is not answered; null if it may be.</param>
internal readonly record struct FoundWebhook(
    TenantWebhook? Row,
    IReadOnlyList<long> Tenants,
    ProblemAnswer? Refusal
);

/// <summary>Whose webhooks a request's key opens: those of its tenants, and none if it is limited to sessions.</summary>
internal sealed class WebhookCallers(GatewayStore store, StoreHold hold, SessionCallers callers)
{
    /// <summary>The tenants whose webhooks the key of a request opens.</summary>
    public async Task<(IReadOnlyList<long> Tenants, ProblemAnswer? Refusal)> AskAsync(
        HttpContext http
    )
    {
        var caller = await callers.AskAsync(http);
        // A webhook may post of any session of its tenant.
        return caller.Refusal is { } refusal
            ? ([], refusal)
            : (caller.Key.WholeTenantsFor(http.ScopeOfEndpoint()!), null);
    }

    /// <summary>The webhook that a request names.</summary>
    public async Task<FoundWebhook> FindAsync(HttpContext http, string ns, string name)
    {
        var (tenants, refusal) = await AskAsync(http);
        if (refusal is not null)
            return new(null, tenants, refusal);
        if (!SessionQuery.IsName(ns) || !SessionQuery.IsName(name))
            return new(null, tenants, Problems.NoWebhook(ns, name));
        var rows = await ReadAsync(http, tenants, ns, name, 0, 1);
        if (rows is not [var row])
            return new(null, tenants, Problems.NoWebhook(ns, name));
        if (http.Audited() is { } call)
            (call.Tenant, call.Subject) = (row.TenantId, $"{ns}/{name}");
        return new(row, tenants, null);
    }

    /// <summary>Webhooks in the order of their keys.</summary>
    public ValueTask<IReadOnlyList<TenantWebhook>> ReadAsync(
        HttpContext http,
        IReadOnlyList<long> tenants,
        string? ns,
        string? name,
        long after,
        int limit
    ) =>
        hold.AskAsync(
            () =>
                new ValueTask<IReadOnlyList<TenantWebhook>>(
                    store.Webhooks.ReadAsync(tenants, ns, name, after, limit, http.RequestAborted)
                ),
            http.RequestAborted
        );
}
