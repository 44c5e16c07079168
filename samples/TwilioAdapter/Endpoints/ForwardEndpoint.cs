using TwilioAdapter.Doubles;
using TwilioAdapter.Outgoing;
using TwilioAdapter.Twilio;

namespace TwilioAdapter.Endpoints;

/// <summary>
/// Twilio's own webhooks, while a number moves from Twilio to WaOperator: messages that still come in there go the same way as all others,
/// once each, in order and with retries. Answers go out by the session of the number.
/// </summary>
internal static class ForwardEndpoint
{
    private const string Path = "/twilio/incoming";

    public static void Map(IEndpointRouteBuilder app) => app.MapPost(Path, TakeAsync);

    private static async Task<IResult> TakeAsync(
        HttpRequest request,
        Settings settings,
        Once once,
        Messages messages,
        Outbox outbox,
        CancellationToken ct
    )
    {
        if (
            await TwilioForm.ReadAsync(request) is not { } form
            || !TwilioSignature.IsRight(
                settings.AuthToken,
                $"{settings.PublicUrl.TrimEnd('/')}{Path}{request.QueryString}",
                form,
                $"{request.Headers[TwilioSignature.Header]}"
            )
            || form["AccountSid"] != settings.AccountSid
        )
            return new TwilioError(
                20003,
                $"{TwilioSignature.Header} is wrong: it must be made over {settings.PublicUrl.TrimEnd('/')}{Path} with the auth token of {settings.AccountSid}",
                StatusCodes.Status403Forbidden
            ).Answer();
        if (form["MessageStatus"] is not null)
            return TwilioError
                .NotSupported(
                    "status callbacks of Twilio's; let them be posted to the program itself"
                )
                .Answer();
        if (form["MessageSid"] is not { } sid || form["From"] is not { } from)
            return TwilioError.NotSupported("a message without MessageSid and From").Answer();
        if (
            WhatsAppAddress.ToApi(from) is null
            || settings.SessionOf(form["To"] ?? "") is not { } session
        )
            return TwilioError
                .NotSupported(
                    $"messages that are not WhatsApp's, or to a number that Adapter__Numbers does not name"
                )
                .Answer();
        await once.HandleAsync(
            $"twilio:{sid}",
            connection => messages.ReceiveAsync(connection, session, form, null, null),
            ct
        );
        outbox.Wake();
        return Results.Text("<Response/>", "text/xml");
    }
}
