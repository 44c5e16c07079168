using System.Text;
using WaOperator.Api;
using WaOperator.Api.Links;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Api.Links;
using WaOperator.SessionPod.Hosting;
using WaOperator.SessionPod.Options;
using WaOperator.SessionPod.Transports;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Pairing;

/// <summary>Links an account that demands its passkey: takes what the passkey signed, with a key or by a link.</summary>
internal sealed class PasskeyEndpoints(
    SignedLinks links,
    BodyShares bodies,
    PodOptions options,
    TimeProvider time
)
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>Maps the paths.</summary>
    public void Map(WebApplication app)
    {
        const string OfSession = "/v1/sessions/{namespace}/{name}/pairing/passkey";
        var ofLink = LinkKind.Pairing.Path() + "{token}/passkey";
        app.MapPost(OfSession, AnswerAsync)
            .ServedOn(PodPort.Api)
            .ActingForSession()
            .Requiring(ApiScopes.SessionsPair)
            .WithName("answerPasskey")
            .WithSummary("Hands over what the account's passkey signed")
            .WithDescription(
                """
                The body is what PublicKeyCredential.toJSON() gives on https://web.whatsapp.com for the options that getPairing shows as "passkey". One that answers other options is refused and may be tried again; one that WhatsApp does not accept ends the pairing.
                """
            )
            .Accepts<PasskeyAssertionRequest>("application/json")
            .Produces(202)
            .Refuses(400, 409, 415, 422, 429, 502);
        app.MapPost(OfSession + "/confirm", ConfirmAsync)
            .ServedOn(PodPort.Api)
            .ActingForSession()
            .Requiring(ApiScopes.SessionsPair)
            .WithName("confirmPasskey")
            .WithSummary("Says that the phone shows the same code")
            .WithDescription("While getPairing is Comparing.")
            .Produces(202)
            .Refuses(409, 422, 502);
        app.MapPost(ofLink, AnswerLinkAsync)
            .ServedOn(PodPort.Api)
            .WithName("answerPasskeyLink")
            .WithSummary("Hands over what the account's passkey signed, by a link")
            .WithDescription("As answerPasskey.")
            .Accepts<PasskeyAssertionRequest>("application/json")
            .Produces(202)
            .Refuses(400, 404, 409, 415, 422, 429, 502);
        app.MapPost(ofLink + "/confirm", ConfirmLinkAsync)
            .ServedOn(PodPort.Api)
            .WithName("confirmPasskeyLink")
            .WithSummary("Says that the phone shows the same code, by a link")
            .WithDescription("As confirmPasskey.")
            .Produces(202)
            .Refuses(404, 409, 422, 502);
    }

    private Task<IResult> AnswerAsync(HttpContext http, string @namespace, string name) =>
        TakeAsync(http, http.OpenedSession());

    private Task<IResult> ConfirmAsync(HttpContext http, string @namespace, string name) =>
        StepAsync(http, http.OpenedSession(), (device, ct) => device.ConfirmPasskeyCodeAsync(ct));

    private async Task<IResult> AnswerLinkAsync(HttpContext http, string token)
    {
        var opened = await OpenAsync(http, token);
        return opened.Refusal ?? await TakeAsync(http, opened.Session);
    }

    private async Task<IResult> ConfirmLinkAsync(HttpContext http, string token)
    {
        var opened = await OpenAsync(http, token);
        return opened.Refusal
            ?? await StepAsync(
                http,
                opened.Session,
                (device, ct) => device.ConfirmPasskeyCodeAsync(ct)
            );
    }

    /// <summary>A link that has served opens nothing.</summary>
    private async ValueTask<OpenedLink> OpenAsync(HttpContext http, string token)
    {
        var opened = await links.OpenAsync(LinkKind.Pairing, token, http.RequestAborted);
        return
            opened.Refusal is null && !PairingLinks.Shows(opened.Link, opened.Session.Session.State)
            ? opened with
            {
                Refusal = Problems.NoLink(),
            }
            : opened;
    }

    private async Task<IResult> TakeAsync(HttpContext http, OpenedSession opened)
    {
        using var share = bodies.Of(opened.Tenant);
        var body = await JsonBody.ReadAsync(http.Request, share);
        if (body.Refusal is { } refusal)
            return refusal;
        string assertion;
        try
        {
            assertion = StrictUtf8.GetString(body.Bytes);
        }
        catch (DecoderFallbackException)
        {
            return Problems.Bad("the body is not UTF-8");
        }
        return await StepAsync(
            http,
            opened,
            (device, ct) => device.AnswerPasskeyAsync(assertion, ct)
        );
    }

    private async Task<IResult> StepAsync(
        HttpContext http,
        OpenedSession opened,
        Func<ISessionTransport, CancellationToken, Task> step
    )
    {
        var session = opened.Session;
        if (session.Pairing is not { } device)
            return NotAsked();
        using var limit = new CancellationTokenSource(options.CommandLimit, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted,
            limit.Token
        );
        try
        {
            await step(device, end.Token);
            return Results.Accepted();
        }
        catch (FormatException e)
        {
            return Problems.Bad(e.Message);
        }
        catch (InvalidOperationException)
        {
            return NotAsked();
        }
        catch (QueryRefusedException e)
        {
            return Refusals.Of(e);
        }
        catch (Exception e)
            when (e is TimeoutException or OperationCanceledException
                && !http.RequestAborted.IsCancellationRequested
            )
        {
            return Problems.MaybeDone();
        }

        ProblemAnswer NotAsked() =>
            Problems.NoPasskey(
                session.Wanted.Namespace,
                session.Wanted.Name,
                PairingProgress.Of(session, time.GetUtcNow()).State
            );
    }
}
