using WaOperator.Api;
using WaOperator.Domain;
using WaOperator.Gateway.Audit;
using WaOperator.Gateway.Forwarding;
using WaOperator.Kubernetes.Client;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Sessions;

/// <summary>Shows tenants their sessions, whether a pod runs them or not.</summary>
internal sealed class SessionReads(
    GatewayStore store,
    StoreHold hold,
    SessionCallers callers,
    SessionWrites cluster,
    Owners owners,
    Forwarder forwarder
)
{
    /// <summary>Maps the paths.</summary>
    public void Map(WebApplication app)
    {
        app.MapGet("/v1/sessions", (Delegate)ListAsync)
            .Requiring(ApiScopes.SessionsRead)
            .WithName("listSessions")
            .WithSummary("The sessions of the key's tenants, a page at a time")
            .WithDescription(
                """
                Parameters: limit (1 to 500, default 100), after (the next of the page before), namespace, name, phase, phone, and label, a selector such as team=a,tier!=b. The Link header has the next page, too.
                """
            )
            .Produces<SessionPage>()
            .Refuses(400, 501, 503);
        app.MapGet("/v1/sessions/{namespace}/{name}", GetAsync)
            .WithOrder(-1)
            .Requiring(ApiScopes.SessionsRead)
            .WithName("getSession")
            .WithSummary("How a session is: by its pod, else as it was reported last")
            .Produces<SessionSummary>()
            .Refuses(404, 503);
    }

    private async Task<IResult> GetAsync(HttpContext http, string @namespace, string name)
    {
        var caller = await callers.AskAsync(http);
        if (caller.Refusal is { } refusal)
            return refusal;
        var place = await owners.FindAsync(new(@namespace, name), http.RequestAborted);
        if (place?.Pod is not null)
        {
            await forwarder.ForwardAsync(http);
            return Results.Empty;
        }
        var rows = await ReadAsync(http, caller, 0, 1, new(@namespace, name));
        if (rows is [var row])
        {
            http.Audited()?.Tenant = row.TenantId;
            return SessionWrites.Answer(SessionSummary.Of(row), 200);
        }
        if (place is not null || cluster.Resources is not { } resources)
            return Problems.NoSession(@namespace, name);
        // Made a moment ago: the operator has not written it into the database yet.
        var tenants = await callers.NamesAsync(caller, http);
        return await cluster.GuardAsync(
            @namespace,
            name,
            async () =>
                await resources.FindAsync(@namespace, name, tenants, http.RequestAborted)
                    is { } made
                    ? SessionWrites.Answer(SessionSummary.Of(made), 200)
                    : Problems.NoSession(@namespace, name)
        );
    }

    private async Task<IResult> ListAsync(HttpContext http)
    {
        var caller = await callers.AskAsync(http);
        if (caller.Refusal is { } refusal)
            return refusal;
        if (SessionQuery.Read(http.Request.Query, out var query) is { } wrong)
            return Problems.Bad(wrong);
        if (query!.Label is not null)
            return await FindAsync(http, caller, query);
        // One more than is shown says whether there is another page.
        var rows = await ReadAsync(http, caller, query.After, query.Limit + 1, query.Filter);
        var shown = rows.Take(query.Limit).ToArray();
        var scope = http.ScopeOfEndpoint();
        return Answer(
            http,
            query,
            new(
                [
                    .. shown
                        .Where(s => caller.Opens(s.TenantId, s.Name, scope))
                        .Select(SessionSummary.Of),
                ],
                rows.Count > shown.Length ? SessionCursor.Write(shown[^1].Id) : null
            )
        );
    }

    private ValueTask<IReadOnlyList<TenantSession>> ReadAsync(
        HttpContext http,
        SessionCaller caller,
        long after,
        int limit,
        SessionFilter filter
    ) =>
        hold.AskAsync(
            () =>
                new ValueTask<IReadOnlyList<TenantSession>>(
                    store.Sessions.ReadAsync(
                        caller.Tenants,
                        after,
                        limit,
                        filter,
                        http.RequestAborted
                    )
                ),
            http.RequestAborted
        );

    private async Task<IResult> FindAsync(
        HttpContext http,
        SessionCaller caller,
        SessionQuery query
    )
    {
        if (cluster.Resources is not { } resources)
            return SessionWrites.NoCluster();
        var tenants = await callers.NamesAsync(caller, http);
        var scope = http.ScopeOfEndpoint();
        var namespaces = tenants
            .Select(t => t.Namespace)
            .Where(ns => query.Filter.Namespace is null || ns == query.Filter.Namespace)
            .Distinct(StringComparer.Ordinal)
            .ToArray();
        switch (namespaces)
        {
            case []:
                return Answer(http, query, new([], null));
            case [var ns]:
                return await cluster.GuardAsync(
                    ns,
                    "",
                    async () =>
                    {
                        try
                        {
                            return Answer(
                                http,
                                query,
                                await resources.ListAsync(
                                    ns,
                                    query,
                                    tenants,
                                    (tenant, name) => caller.Opens(tenant, name, scope),
                                    http.RequestAborted
                                )
                            );
                        }
                        catch (KubernetesException e) when (e.IsExpired)
                        {
                            return Problems.Bad(
                                "after is of a list that was begun too long ago; begin it again"
                            );
                        }
                        catch (KubernetesException e) when (e.IsInvalid)
                        {
                            return Problems.Bad($"label cannot be read: {e.Status.Message}");
                        }
                    }
                );
            default:
                return Problems.Bad(
                    $"with label, name one namespace: {string.Join(", ", namespaces)}"
                );
        }
    }

    private static IResult Answer(HttpContext http, SessionQuery query, SessionPage page)
    {
        if (page.Next is { } next)
            http.Response.Headers.Link = $"</v1/sessions{query.Next(next)}>; rel=\"next\"";
        return Results.Json(page, SessionsJson.Default.SessionPage);
    }
}
