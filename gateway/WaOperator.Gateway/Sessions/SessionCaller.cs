using WaOperator.Api;
using WaOperator.Gateway.Access;
using WaOperator.Gateway.Audit;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Sessions;

/// <summary>Who asks.</summary>
/// <param name="Tenants">The keys in the database of the tenants that it may act for here; none for a refusal.</param>
/// <param name="Key">What its key opens.</param>
/// <param name="Refusal">Why it may not; null if it may.</param>
internal readonly record struct SessionCaller(
    IReadOnlyList<long> Tenants,
    KeyAnswer Key,
    ProblemAnswer? Refusal
)
{
    /// <summary>Whether it may act for the session of that name at this endpoint.</summary>
    public bool Opens(long tenant, string name, string? scope) =>
        Key.Judge(tenant, name, scope) == KeyVerdict.Allowed;
}

/// <summary>Finds out who asks.</summary>
internal sealed class SessionCallers(KeyAccess access, GatewayStore store)
{
    /// <summary>Whether the request's key may be used at its endpoint, for the session of its path if it names one.</summary>
    public async ValueTask<SessionCaller> AskAsync(HttpContext http)
    {
        var (key, refusal) = await access.AskAsync(http);
        if (refusal is not null)
            return Refused(refusal);
        var (ns, name) = (
            (string?)http.GetRouteValue("namespace"),
            (string?)http.GetRouteValue("name")
        );
        var scope = http.ScopeOfEndpoint();
        var tenants = key.TenantsFor(name, scope, out var verdict);
        return verdict switch
        {
            KeyVerdict.Allowed => new(tenants, key, null),
            KeyVerdict.NoScope => Refused(Problems.NoScope(scope!)),
            _ => Refused(Problems.NoSession(ns!, name!)),
        };

        static SessionCaller Refused(ProblemAnswer why) => new([], default, why);
    }

    /// <summary>What its tenants are called. The audit learns which of them the session of the path can be of.</summary>
    public async Task<IReadOnlyList<TenantName>> NamesAsync(SessionCaller caller, HttpContext http)
    {
        var names = await store.Tenants.ReadAsync(caller.Tenants, http.RequestAborted);
        if (
            http.GetRouteValue("namespace") is string ns
            && names.Where(t => t.Namespace == ns).ToArray() is [var only]
        )
            http.Audited()?.Tenant = only.Id;
        return names;
    }
}
