using WaOperator.Api;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Sessions;

/// <summary>Who asks.</summary>
/// <param name="Tenants">The keys of its tenants in the database; none for a refusal.</param>
/// <param name="Refusal">Why it may not; null if it may.</param>
internal readonly record struct SessionCaller(IReadOnlyList<long> Tenants, ProblemAnswer? Refusal);

/// <summary>Finds out who asks.</summary>
internal sealed class SessionCallers(TenantKeys keys, GatewayStore store)
{
    /// <summary>Whose the request's key is.</summary>
    public async ValueTask<SessionCaller> AskAsync(HttpContext http)
    {
        var (tenants, busy) = await keys.AskAsync(
            http.Request.Headers.Authorization,
            ConnectionLimits.KeyOf(http.Connection.RemoteIpAddress),
            openedBefore: false,
            http.RequestAborted
        );
        return busy ? new([], Problems.TooManyKeys())
            : tenants.Count == 0 ? new([], Problems.Unauthorized())
            : new(tenants, null);
    }

    /// <summary>What its tenants are called.</summary>
    public Task<IReadOnlyList<TenantName>> NamesAsync(SessionCaller caller, HttpContext http) =>
        store.Tenants.ReadAsync(caller.Tenants, http.RequestAborted);
}
