using WaOperator.Api;
using WaOperator.SessionPod.Hosting;

namespace WaOperator.SessionPod.Api.Pairing;

/// <summary>Shows the code that links a session to its phone: once, as a picture, or each as it comes.</summary>
internal sealed class PairingEndpoints(PairingStreams streams, TimeProvider time)
{
    /// <summary>Maps the paths.</summary>
    public void Map(WebApplication app) =>
        app.MapGet("/v1/sessions/{namespace}/{name}/pairing", ShowAsync)
            .ServedOn(PodPort.Api)
            .ActingForSession()
            .Requiring(ApiScopes.SessionsPair)
            .WithName("getPairing")
            .WithSummary("How far the session is with its phone, and the code of the moment")
            .WithDescription(
                """
                With "Accept: text/event-stream" server-sent events named qr, code, passkey, compare, status, complete and error, each with the same body; the stream ends with complete or error, and after 180 s. With "Accept: image/png" the QR code alone. Scanning the code gives control of the session: show it to its owner only. State PasskeyRequired: hand what the account's passkey signed to answerPasskey; Comparing: compare "code" with the phone's and confirm it.
                """
            )
            .Produces<PairingAnswer>(200, "application/json", "text/event-stream")
            .Produces<Problem>(406, ProblemAnswer.MediaType)
            .Produces<Problem>(409, ProblemAnswer.MediaType)
            .Produces<Problem>(429, ProblemAnswer.MediaType);

    private async Task<IResult> ShowAsync(HttpContext http, string @namespace, string name)
    {
        var opened = http.OpenedSession();
        var form = PairingForms.Choose(http.Request.Headers.Accept);
        if (form == PairingForm.None)
            return Problems.NoMediaType(PairingForms.Offered);
        if (form == PairingForm.Stream)
            return await streams.RunAsync(
                http,
                opened,
                new(Look, PairingStream.Longest, () => opened.IsStillOpenAsync(http))
            );
        var answer = Look();
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.Vary = "Accept";
        if (form == PairingForm.Json)
            return Results.Json(answer.Drawn(), PairingJson.Default.PairingAnswer);
        return answer.Qr is { } content
            ? Results.Bytes(QrPicture.Png(content), "image/png")
            : Problems.NoQr(@namespace, name, answer.State);

        PairingAnswer Look() => PairingProgress.Of(opened.Session, time.GetUtcNow());
    }
}
