using WaOperator.Api;
using WaOperator.Gateway.Access;
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

    /// <summary>What its tenants are called.</summary>
    public Task<IReadOnlyList<TenantName>> NamesAsync(SessionCaller caller, HttpContext http) =>
        store.Tenants.ReadAsync(caller.Tenants, http.RequestAborted);
}
