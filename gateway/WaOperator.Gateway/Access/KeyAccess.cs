using WaOperator.Api;
using WaOperator.Gateway.Audit;
using WaOperator.Gateway.Forwarding;

namespace WaOperator.Gateway.Access;

/// <summary>What the keys of requests open. Pods check the same keys again, and their scopes, which depend on the pod's endpoint.</summary>
internal sealed class KeyAccess(TenantKeys keys, StoreHold hold)
{
    /// <summary>What the request's key opens.</summary>
    /// <returns>That, or why the request is not let in.</returns>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away, and the key is not known.</exception>
    public async ValueTask<(KeyAnswer Key, ProblemAnswer? Refusal)> AskAsync(HttpContext http)
    {
        var key = await hold.AskAsync(
            () =>
                keys.AskAsync(
                    http.Request.Headers.Authorization,
                    ConnectionLimits.KeyOf(http.Connection.RemoteIpAddress),
                    openedBefore: false,
                    http.RequestAborted
                ),
            http.RequestAborted
        );
        http.Audited()?.Grants = key.Grants;
        return (
            key,
            key.Busy ? Problems.TooManyKeys()
            : key.Grants.Count == 0 ? Problems.Unauthorized()
            : null
        );
    }

    /// <summary>What the request's key opens by now, for what it opened that is still open.</summary>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away, and that is not known.</exception>
    public ValueTask<KeyAnswer> AskAgainAsync(HttpContext http, CancellationToken ct) =>
        keys.AskAsync(
            http.Request.Headers.Authorization,
            ConnectionLimits.KeyOf(http.Connection.RemoteIpAddress),
            openedBefore: true,
            ct
        );
}
