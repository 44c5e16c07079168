using WaOperator.SessionPod.Hosting;
using WaOperator.SessionPod.Options;
using WaOperator.SessionPod.Sessions;

namespace WaOperator.SessionPod.Api;

/// <summary>A session that a request may act for, in the tenure in which it was found.</summary>
internal readonly record struct Opened(ApiTenure Tenure, SessionRunner Session);

/// <summary>Lets a request in to its session: asks for the key, finds the session, says who else runs it.</summary>
internal sealed class SessionGate(ApiDesk desk, PodOptions options)
{
    /// <summary>Opens a session.</summary>
    /// <returns>The session, or the answer that says why not.</returns>
    public async Task<(Opened? Opened, IResult? Refusal)> OpenAsync(
        HttpContext http,
        string ns,
        string name
    )
    {
        if (desk.Current is not { } tenure)
            return (
                null,
                Answers.Problem(
                    503,
                    "The pod serves no sessions now",
                    "it has no lease; try again in a few seconds"
                )
            );
        var ct = http.RequestAborted;
        var (tenants, busy) = await AskAsync(http, tenure, openedBefore: false);
        if (busy)
        {
            http.Response.Headers.RetryAfter = "1";
            return (null, Answers.TooManyKeys());
        }
        if (tenants.Count == 0)
        {
            http.Response.Headers.WWWAuthenticate = "Bearer";
            return (null, Answers.Unauthorized());
        }
        if (tenure.Host.Find(ns, name) is { } session)
            return tenants.Contains(session.Wanted.TenantId)
                ? (new Opened(tenure, session), null)
                : (null, Answers.NotFound(ns, name));
        var place = await tenure.Directory.LocateAsync(ns, name, ct);
        if (place is null || !tenants.Contains(place.TenantId))
            return (null, Answers.NotFound(ns, name));
        // Claimed by this pod a moment ago, or just given back: then it is not ours to answer either.
        var elsewhere = place.Pod == options.Identity.PodName ? null : place.Pod;
        return (
            null,
            Answers.Elsewhere(
                ns,
                name,
                elsewhere is null ? null : AddressOf(elsewhere, place.PodNamespace)
            )
        );
    }

    /// <summary>Whether the request's key still opens what it opened.</summary>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public static async Task<bool> IsStillOpenAsync(HttpContext http, Opened opened) =>
        (await AskAsync(http, opened.Tenure, openedBefore: true)).Tenants.Contains(
            opened.Session.Wanted.TenantId
        );

    private static ValueTask<KeyAnswer> AskAsync(
        HttpContext http,
        ApiTenure tenure,
        bool openedBefore
    ) =>
        tenure.Keys.AskAsync(
            http.Request.Headers.Authorization,
            ConnectionLimits.KeyOf(http.Connection.RemoteIpAddress),
            openedBefore,
            http.RequestAborted
        );

    private string AddressOf(string pod, string? ns) =>
        $"{(ns is null ? pod : PoolNames.HostOf(pod, ns))}:{options.ApiPort}";
}
