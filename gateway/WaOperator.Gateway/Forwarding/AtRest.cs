using WaOperator.Api;
using WaOperator.Gateway.Sessions;
using WaOperator.Store;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Forwarding;

/// <summary>Answers for a session that no pod runs, and that none is about to: it is stopped, or is being deleted.</summary>
internal sealed class AtRest(GatewayStore store)
{
    /// <summary>Whether there is nothing to wait for. Pure.</summary>
    /// <param name="place">Where the session is served.</param>
    public static bool Is(ServedPlace place) =>
        place.Pod is null && place.Desired != nameof(DesiredState.Active);

    /// <summary>How the session is, for who asks that; for others, that it has to be started.</summary>
    /// <param name="call">The request, whose key opens the session.</param>
    /// <param name="place">What is known of the session.</param>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public async Task<IResult> AnswerAsync(Call call, ServedPlace place)
    {
        var (ns, name) = call.Session;
        if (AsksHowItIs(call.Http))
        {
            if (!call.May(place, ApiScopes.SessionsRead))
                return Problems.NoScope(ApiScopes.SessionsRead);
            var filter = new SessionFilter(ns, name);
            var ct = call.Http.RequestAborted;
            if (await store.Sessions.ReadAsync([place.Tenant], 0, 1, filter, ct) is [var session])
                return Results.Json(
                    SessionSummary.Of(session),
                    SessionsJson.Default.SessionSummary
                );
        }
        return place.Desired == nameof(DesiredState.Deleting)
            ? Problems.SessionLeaving(ns, name)
            : Problems.Stopped(ns, name);
    }

    private static bool AsksHowItIs(HttpContext http) =>
        HttpMethods.IsGet(http.Request.Method) && http.GetRouteValue("rest") is null;
}
