using System.Net;
using Microsoft.AspNetCore.Http.Features;
using WaOperator.Api;
using WaOperator.Gateway.Access;
using WaOperator.Gateway.Audit;
using WaOperator.Gateway.Metrics;
using WaOperator.Gateway.Options;
using WaOperator.Gateway.Streams.Tickets;
using WaOperator.Store.Gateway;
using Yarp.ReverseProxy.Forwarder;

namespace WaOperator.Gateway.Forwarding;

/// <summary>
/// Brings requests to the pods that own their sessions. What is to be done after a pod did not answer is decided by <see cref="Verdict"/>.
/// </summary>
internal sealed class Forwarder(
    GatewayOptions options,
    KeyAccess access,
    Owners owners,
    OwnerSearch search,
    PodShares pods,
    PodAddress address,
    PodLink link,
    EventRelay events,
    IHttpForwarder yarp,
    GatewayMetrics metrics
)
{
    private readonly ResendBudget _budget = new(options.ResendPercent);
    private readonly BodyShares _bodies = new(options.MaxBodiesMiB, options.MaxTenantBodiesMiB);
    private readonly ForwarderRequestConfig _config = Config(options.AnswerLimit);

    // Streams that end by themselves show that they live by a comment every half minute.
    private readonly ForwarderRequestConfig _patient = Config(TimeSpan.FromSeconds(90));

    /// <summary>Maps all that is below a session and is not the gateway's own.</summary>
    public void Map(WebApplication app)
    {
        string[] methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
        foreach (var path in (string[])["", "/{**rest}"])
            app.MapMethods($"/v1/sessions/{{namespace}}/{{name}}{path}", methods, ForwardAsync)
                .WithMetadata(new TakesTickets())
                .ExcludeFromDescription();
    }

    /// <summary>Brings a request to the pod that owns its session, and answers it.</summary>
    public async Task ForwardAsync(HttpContext http)
    {
        var (key, refusal) = await access.AskAsync(http);
        await (refusal is null ? ForwardAsync(http, key) : refusal.ExecuteAsync(http));
    }

    /// <summary>Brings a request that was made for a client's to the pod that owns its session.</summary>
    /// <param name="client">The client's own request, which stays unanswered.</param>
    /// <param name="key">What its key opens.</param>
    /// <param name="question">What the pod is asked.</param>
    /// <returns>What the pod answered, or the gateway in its place.</returns>
    public async Task<PodReply> AskAsync(HttpContext client, KeyAnswer key, PodQuestion question)
    {
        var http = question.For(client);
        await ForwardAsync(http, key);
        return PodReply.Of(http);
    }

    private async Task ForwardAsync(HttpContext http, KeyAnswer key)
    {
        var session = new SessionName(
            (string)http.GetRouteValue("namespace")!,
            (string)http.GetRouteValue("name")!
        );
        var call = new Call(
            http,
            session,
            place => key.Judge(place.Tenant, session.Name, scope: null) == KeyVerdict.Allowed,
            RequestKinds.Of(http.Request.Method, http.GetRouteValue("rest") as string)
        );
        var place = await owners.FindAsync(session, http.RequestAborted);
        if (!call.Opens(place))
        {
            await Problems.NoSession(session.Namespace, session.Name).ExecuteAsync(http);
            return;
        }
        call.Tenant = place!.Tenant;
        http.Audited()?.Tenant = call.Tenant;
        if (AtRest.Is(place))
        {
            await AtRest.Refusal(session, place).ExecuteAsync(http);
            return;
        }
        using var share = _bodies.Of(call.Tenant);
        if (await ReadBodyAsync(call, share) is { } wrong)
        {
            await wrong.ExecuteAsync(http);
            return;
        }
        await BringAsync(call, place);
    }

    /// <summary>Brings a request, whose body was read, to the pod that owns the session, and answers it.</summary>
    /// <param name="call">The request.</param>
    /// <param name="place">Where the session is served, as far as is known.</param>
    public async Task BringAsync(Call call, ServedPlace place)
    {
        _budget.Earn();
        if (await RunAsync(call, place) is { } problem)
        {
            call.Http.Response.Clear();
            await problem.ExecuteAsync(call.Http);
        }
    }

    /// <summary>Reads a body that is kept, and fixes the ids of its messages.</summary>
    /// <returns>Why it cannot be read; null if it was.</returns>
    private static async ValueTask<ProblemAnswer?> ReadBodyAsync(Call call, BodyShare share)
    {
        var request = call.Http.Request;
        if (call.History.Kind == RequestKind.Upload)
        {
            // How long a file may be is for the pod to say.
            if (
                call.Http.Features.Get<IHttpMaxRequestBodySizeFeature>() is
                { IsReadOnly: false } size
            )
                size.MaxRequestBodySize = null;
            request.Body = call.Passing = new WatchedBody(request.Body);
            return null;
        }
        if (call.Http.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true })
            return null;
        var body = await JsonBody.ReadAnyAsync(request, share);
        if (body.Refusal is { } refusal)
            return refusal;
        call.Body = body.Bytes;
        if (
            call.History.Kind == RequestKind.Message
            && MessageBody.Fix(call, body.Bytes) is { } wrong
        )
            return wrong;
        call.Http.Audited()?.Subject = call.MessageId;
        request.Headers.TransferEncoding = default;
        request.ContentLength = call.Body.Length;
        return null;
    }

    /// <returns>What is left to be said; null if the client has its answer.</returns>
    private async Task<ProblemAnswer?> RunAsync(Call call, ServedPlace place)
    {
        var (ns, name) = call.Session;
        call.Planned = place is { Pod: null, GivenBack: true };
        var next = place.Pod is null ? await search.WaitAsync(call, null) : place;
        var outcome = Outcome.Moving;
        while (next is { Pod: not null })
        {
            if (!call.Opens(next))
                return Problems.NoSession(ns, name);
            var asked = next;
            outcome = await TryAsync(call, address(asked));
            // A pod that says so lives.
            call.Planned = outcome is Outcome.NotOwner or Outcome.Moving;
            switch (Decide(call, outcome))
            {
                case Step.Done:
                    return null;
                case Step.SayBusy:
                    return Unknown(call) ?? Problems.PodBusy(ns, name);
                case Step.SayMoving:
                    return Unknown(call) ?? Problems.Moving(ns, name);
                case Step.SayUnknown:
                    return NotKnown(call);
                case Step.SayUnreadable:
                    return Problems.Unreadable(400, "the body ended before its end");
                case Step.Follow:
                    call.History = call.History with { Followed = true };
                    next =
                        await search.LookAsync(call) is { } other && other.Pod != asked.Pod
                            ? other
                            : await search.WaitAsync(call, asked);
                    metrics.Resent("moved");
                    break;
                case Step.Resend:
                    call.History = call.History with { Resends = call.History.Resends + 1 };
                    // A pod that ends is named for a moment longer, and would lose the request once more.
                    next =
                        await search.LookAsync(call) is { } following && following.Pod != asked.Pod
                            ? following
                            : await search.WaitAsync(call, asked);
                    metrics.Resent("lost");
                    break;
                default:
                    owners.Forget(call.Session);
                    next = await search.WaitAsync(call, asked);
                    metrics.Resent("waited");
                    break;
            }
            call.Http.Response.Clear();
        }
        return Unknown(call)
            ?? (
                next is not null ? call.Resting ?? AtRest.Refusal(call.Session, next)
                : outcome == Outcome.StoreAway ? Problems.StoreAway()
                : Problems.Moving(ns, name)
            );
    }

    /// <summary>That a message may have been queued by the pod that was lost; null where nothing was begun, or nothing is changed.</summary>
    private static ProblemAnswer? Unknown(Call call) =>
        call.History is { Kind: RequestKind.Message, Resends: > 0 } ? NotKnown(call) : null;

    private static ProblemAnswer NotKnown(Call call) =>
        call.MessageId is { } id
            ? Problems.MessageUnknown(call.Session.Namespace, call.Session.Name, id)
            : Problems.OutcomeUnknown(call.Session.Namespace, call.Session.Name);

    private Step Decide(Call call, Outcome outcome)
    {
        var history = call.History with { BodyBegun = call.Passing?.Begun ?? false };
        var step = Verdict.After(outcome, history);
        return step == Step.Resend && !_budget.TryTake()
            ? Verdict.After(outcome, history with { Resends = Verdict.MaxResends })
            : step;
    }

    private async Task<Outcome> TryAsync(Call call, string pod)
    {
        if (call.History.Kind == RequestKind.Events)
            return await events.RunAsync(call, pod);
        if (!pods.TryEnter(pod))
            return Outcome.Busy;
        try
        {
            return await ForwardAsync(call, pod);
        }
        finally
        {
            pods.Leave(pod);
        }
    }

    private async Task<Outcome> ForwardAsync(Call call, string pod)
    {
        var http = call.Http;
        if (call.Body is { } body)
            http.Request.Body = new MemoryStream(body, writable: false);
        var exchange = new Exchange(call.History.Kind);
        var error = await yarp.SendAsync(
            http,
            $"http://{pod}",
            link.Client,
            AsksForStream(http.Request) ? _patient : _config,
            exchange,
            http.RequestAborted
        );
        if (exchange.Seen is { } seen)
            return seen;
        if (error == ForwarderError.None)
            return Outcome.Answered;
        if (http.RequestAborted.IsCancellationRequested || http.Response.HasStarted)
            return Outcome.ClientGone;
        if (error is ForwarderError.RequestBodyClient or ForwarderError.RequestBodyCanceled)
            return Outcome.BodyBroken;
        return PodUnreachableException.IsCauseOf(
            http.Features.Get<IForwarderErrorFeature>()?.Exception
        )
            ? Outcome.Unreachable
            : Outcome.Lost;
    }

    private static bool AsksForStream(HttpRequest request) =>
        request
            .Headers.Accept.ToString()
            .Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);

    private static ForwarderRequestConfig Config(TimeSpan silence) =>
        new()
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            ActivityTimeout = silence,
        };
}
