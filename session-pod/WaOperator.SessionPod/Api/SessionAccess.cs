using Microsoft.AspNetCore.Http.Features;
using WaOperator.Api;
using WaOperator.SessionPod.Hosting;
using WaOperator.SessionPod.Options;
using WaOperator.SessionPod.Sessions;
using WaOperator.Store;

namespace WaOperator.SessionPod.Api;

/// <summary>A session that a request may act for, in the tenure in which it was found.</summary>
internal sealed record OpenedSession(ApiTenure Tenure, IServedSession Session)
{
    /// <summary>The tenant's key in the database.</summary>
    public long Tenant => Session.Wanted.TenantId;

    /// <summary>Whether the request's key still opens the session.</summary>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public Task<bool> IsStillOpenAsync(HttpContext http) => MayAsync(http, http.ScopeOfEndpoint());

    /// <summary>Whether the request's key opens the session for something.</summary>
    /// <param name="http">The request.</param>
    /// <param name="scope">For what; null: for anything.</param>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public async Task<bool> MayAsync(HttpContext http, string? scope) =>
        (await Tenure.Keys.AskAsync(http, openedBefore: true)).Judge(
            Tenant,
            Session.Wanted.Name,
            scope
        ) == KeyVerdict.Allowed;
}

/// <summary>
/// Lets requests in to the sessions that their paths name: asks for the key, finds the session, says which other pod runs it. A
/// middleware rather than a filter of endpoints, which would box the arguments of each request.
/// </summary>
internal sealed class SessionAccess(ApiDesk desk, PodOptions options)
{
    /// <summary>Between routing and endpoints.</summary>
    public Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<ActsForSession>() is null)
            return next(http);
        var opening = OpenAsync(http);
        return !opening.IsCompletedSuccessfully ? AnswerAsync(opening.AsTask(), http, next)
            : opening.Result is { } refusal ? refusal.ExecuteAsync(http)
            : next(http);
    }

    private static async Task AnswerAsync(
        Task<ProblemAnswer?> opening,
        HttpContext http,
        RequestDelegate next
    )
    {
        if (await opening is { } refusal)
            await refusal.ExecuteAsync(http);
        else
            await next(http);
    }

    /// <returns>Why the request is not let in; null if it is.</returns>
    private async ValueTask<ProblemAnswer?> OpenAsync(HttpContext http)
    {
        if (desk.Current is not { } tenure)
            return Problems.NoLease();
        var key = await tenure.Keys.AskAsync(http, openedBefore: false);
        if (key.Busy)
            return Problems.TooManyKeys();
        if (key.Grants.Count == 0)
            return Problems.Unauthorized();
        var scope = http.ScopeOfEndpoint();
        var ns = (string)http.GetRouteValue("namespace")!;
        var name = (string)http.GetRouteValue("name")!;
        if (tenure.Host.Find(ns, name) is not { } session)
            return await LocateAsync(tenure, key, scope, ns, name, http.RequestAborted);
        if (Refuse(key, session.Wanted.TenantId, scope, ns, name) is { } refusal)
            return refusal;
        http.Features.Set(new OpenedSession(tenure, session));
        return null;
    }

    private static ProblemAnswer? Refuse(
        KeyAnswer key,
        long tenant,
        string? scope,
        string ns,
        string name
    ) =>
        key.Judge(tenant, name, scope) switch
        {
            KeyVerdict.Allowed => null,
            KeyVerdict.NoScope => Problems.NoScope(scope!),
            _ => Problems.NoSession(ns, name),
        };

    private async Task<ProblemAnswer> LocateAsync(
        ApiTenure tenure,
        KeyAnswer key,
        string? scope,
        string ns,
        string name,
        CancellationToken ct
    )
    {
        var place = await tenure.Directory.LocateAsync(ns, name, ct);
        if (place is null)
            return Problems.NoSession(ns, name);
        if (Refuse(key, place.TenantId, scope, ns, name) is { } refusal)
            return refusal;
        return Say(place, ns, name);
    }

    /// <summary>Where a session is that this pod does not run, for who may know of it.</summary>
    /// <param name="tenure">The present tenure.</param>
    /// <param name="ns">Namespace of its resource.</param>
    /// <param name="name">Name of its resource.</param>
    /// <param name="missing">What is to be said if there is none.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public async Task<ProblemAnswer> LocateAsync(
        ApiTenure tenure,
        string ns,
        string name,
        ProblemAnswer missing,
        CancellationToken ct
    ) =>
        await tenure.Directory.LocateAsync(ns, name, ct) is { } place
            ? Say(place, ns, name)
            : missing;

    /// <summary>
    /// Why nothing was found. PostgreSQL shows a pod nothing of a session that it has given back, which it may have done since the request
    /// was let in: then it is not known here what there is.
    /// </summary>
    /// <param name="opened">The session.</param>
    /// <param name="missing">What is to be said if the pod still owns the session.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public async Task<ProblemAnswer> MissingAsync(
        OpenedSession opened,
        ProblemAnswer missing,
        CancellationToken ct
    )
    {
        var (ns, name) = (opened.Session.Wanted.Namespace, opened.Session.Wanted.Name);
        return
            await opened.Tenure.Directory.LocateAsync(ns, name, ct) is { } place
            && place.Pod != options.Identity.PodName
            ? Say(place, ns, name)
            : missing;
    }

    private ProblemAnswer Say(SessionPlace place, string ns, string name)
    {
        // Claimed by this pod a moment ago, or just given back: then it is not ours to answer either.
        return place.Pod is { } pod && pod != options.Identity.PodName
            ? Problems.RunsElsewhere(ns, name, AddressOf(pod, place.PodNamespace))
            : Problems.NotRunning(ns, name);
    }

    private string AddressOf(string pod, string? ns) =>
        $"{(ns is null ? pod : PoolNames.HostOf(pod, ns))}:{options.ApiPort}";
}

/// <summary>Marks endpoints that act for the session of their path, {namespace}/{name}.</summary>
internal sealed class ActsForSession
{
    private ActsForSession() { }

    /// <summary>The mark.</summary>
    public static ActsForSession Mark { get; } = new();
}

/// <summary>The session of a request, for endpoints that have the mark.</summary>
internal static class SessionAccessExtensions
{
    /// <summary>Lets only those in who may act for the session; see <see cref="SessionAccess"/>.</summary>
    public static TBuilder ActingForSession<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder => endpoints.WithMetadata(ActsForSession.Mark);

    /// <summary>The session that the request was let in to.</summary>
    public static OpenedSession OpenedSession(this HttpContext http) =>
        http.Features.GetRequiredFeature<OpenedSession>();

    /// <summary>Whose the request's API key is.</summary>
    public static ValueTask<KeyAnswer> AskAsync(
        this TenantKeys keys,
        HttpContext http,
        bool openedBefore
    ) =>
        keys.AskAsync(
            http.Request.Headers.Authorization,
            ConnectionLimits.KeyOf(http.Connection.RemoteIpAddress),
            openedBefore,
            http.RequestAborted
        );
}
