using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.Features;
using WaOperator.Api;
using WaOperator.Api.Links;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Api.Links;
using WaOperator.SessionPod.Hosting;
using WaOperator.Store;

namespace WaOperator.SessionPod.Api.Pairing;

/// <summary>Links to a page that shows the codes of a session to the person who holds the phone, and who has no API key.</summary>
internal sealed class PairingLinkEndpoints(
    SignedLinks links,
    PairingStreams streams,
    BodyShares bodies,
    TimeProvider time
)
{
    private static readonly TimeSpan Life = TimeSpan.FromMinutes(15);

    /// <summary>Maps the paths.</summary>
    public void Map(WebApplication app)
    {
        app.MapPost("/v1/sessions/{namespace}/{name}/pairing/link", MakeAsync)
            .ServedOn(PodPort.Api)
            .ActingForSession()
            .Requiring(ApiScopes.SessionsPair)
            .WithName("linkPairing")
            .WithSummary("Makes a link to a page that shows the codes without an API key")
            .WithDescription(
                """
                The body may be left out. Until it expires or a phone is linked, the link alone gives control of the session to who opens it; it cannot be revoked, but a stopped session shows nothing.
                """
            )
            .Accepts<PairingLinkRequest>(isOptional: true, "application/json")
            .Produces<LinkAnswer>()
            .Refuses(400, 409, 415, 429);
        app.MapGet(LinkKind.Pairing.Path() + "{token}", ShowAsync)
            .ServedOn(PodPort.Api)
            .WithName("openPairingLink")
            .WithSummary("The page of a link, for people")
            .Produces(200, contentType: "text/html")
            .Refuses(404);
        app.MapGet(LinkKind.Pairing.Path() + "{token}/events", StreamAsync)
            .ServedOn(PodPort.Api)
            .WithName("streamPairingLink")
            .WithSummary("How far the pairing of a link is, and each code as it comes")
            .WithDescription(
                "The same events as the stream of getPairing, without the phone's number."
            )
            .Produces<PairingAnswer>(200, "text/event-stream")
            .Refuses(404, 429);
    }

    private async Task<IResult> MakeAsync(HttpContext http, string @namespace, string name)
    {
        var session = http.OpenedSession().Session;
        var life = Life;
        if (http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true })
        {
            var body = await TypedBody.ReadAsync(
                http,
                bodies,
                PairingJson.Default.PairingLinkRequest,
                ReadLife
            );
            if (body.Refusal is { } wrong)
                return wrong;
            life = body.Asked;
        }
        if (session.Wanted.Desired != DesiredState.Active)
            return Problems.SessionStopped(@namespace, name, "shows no codes");
        var state = session.State;
        return state.Paired
            ? Problems.AlreadyLinked(@namespace, name)
            : links.Make(LinkKind.Pairing, session, PairingLinks.TargetOf(state), life);
    }

    private async Task<IResult> ShowAsync(HttpContext http, string token)
    {
        var opened = await links.OpenAsync(LinkKind.Pairing, token, http.RequestAborted);
        if (opened.Refusal is { } refusal)
            return refusal;
        if (Look(opened) is not { } now)
            return Problems.NoLink();
        var nonce = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        PairingPage.Confine(http.Response.Headers, nonce);
        return Results.Content(PairingPage.Of(now.Drawn(), nonce), "text/html; charset=utf-8");
    }

    private async Task<IResult> StreamAsync(HttpContext http, string token)
    {
        var opened = await links.OpenAsync(LinkKind.Pairing, token, http.RequestAborted);
        if (opened.Refusal is { } refusal)
            return refusal;
        if (Look(opened) is null)
            return Problems.NoLink();
        var left = opened.Link.ExpiresAt - time.GetUtcNow();
        return await streams.RunAsync(
            http,
            opened.Session,
            new(
                () => Look(opened),
                left < PairingStream.Longest ? left : PairingStream.Longest,
                // It cannot be revoked.
                static () => Task.FromResult(true)
            )
        );
    }

    /// <summary>What a link shows; null: it has served.</summary>
    private PairingAnswer? Look(OpenedLink opened)
    {
        var session = opened.Session.Session;
        return PairingLinks.Shows(opened.Link, session.State)
            ? PairingProgress.Of(session, time.GetUtcNow()) with
            {
                Phone = null,
            }
            : null;
    }

    private static TimeSpan ReadLife(PairingLinkRequest request, Faults faults)
    {
        var most = (int)SignedLink.MaxLife.TotalSeconds;
        if (request.ExpiresIn is not { } seconds)
            return Life;
        if (seconds < 1 || seconds > most)
            faults.Add("#/expiresIn", $"must be from 1 to {most} seconds");
        return TimeSpan.FromSeconds(seconds);
    }
}
