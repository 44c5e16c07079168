using System.Text.Json;
using Npgsql;
using TwilioAdapter.Doubles;
using TwilioAdapter.Outgoing;
using TwilioAdapter.Twilio;
using TwilioAdapter.WhatsApp;

namespace TwilioAdapter.Endpoints;

/// <summary>What WaOperator calls.</summary>
internal static class WebhookEndpoints
{
    private const string Path = "/webhooks/wa-operator";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Path, Verify);
        app.MapPost(Path, TakeAsync);
    }

    /// <summary>A webhook of format CloudApi asks whether this is its receiver, as Meta does, before it posts.</summary>
    private static IResult Verify(HttpRequest request, Settings settings) =>
        settings.VerifyToken.Length > 0
        && request.Query["hub.mode"] == "subscribe"
        && Secrets.AreSame($"{request.Query["hub.verify_token"]}", settings.VerifyToken)
            ? Results.Text($"{request.Query["hub.challenge"]}", "text/plain")
            : Results.StatusCode(StatusCodes.Status403Forbidden);

    private static async Task<IResult> TakeAsync(
        HttpRequest request,
        Settings settings,
        Once once,
        Messages messages,
        Outbox outbox,
        TimeProvider time,
        ILogger<Settings> log,
        CancellationToken ct
    )
    {
        using var buffer = new MemoryStream();
        await request.Body.CopyToAsync(buffer, ct);
        var body = buffer.ToArray();
        if (
            !StandardWebhook.IsRight(
                settings.WebhookSecrets,
                request.Headers,
                body,
                time.GetUtcNow()
            )
        )
            return Results.Problem(
                "the signature is wrong or its time is not near: compare the secret with the webhook's (secretRefs), and the clocks",
                statusCode: StatusCodes.Status401Unauthorized
            );
        JsonElement post;
        try
        {
            post = JsonSerializer.Deserialize<JsonElement>(body);
        }
        catch (JsonException e)
        {
            return Results.Problem($"the body is no JSON: {e.Message}", statusCode: 400);
        }
        var told = CloudVotes.Is(post)
            ? CloudVotes.Read(post, settings.Numbers.GetValueOrDefault)
            : Events.Read(post);
        if (told is null)
            return Results.Ok();
        if (settings.NumberOf(told.Session) is not { } number)
        {
            log.LogWarning("The webhook posts of {Session}, which has no number", told.Session);
            return Results.Ok();
        }
        await once.HandleAsync(
            $"{request.Headers["webhook-id"]}",
            connection => HandleAsync(connection, messages, told, number),
            ct
        );
        outbox.Wake();
        return Results.Ok();
    }

    private static async Task HandleAsync(
        NpgsqlConnection connection,
        Messages messages,
        Told told,
        string number
    )
    {
        switch (told)
        {
            case Incoming incoming:
                await messages.ReceiveAsync(connection, incoming, number);
                break;
            case StatusTold { Status: MessageStatus.Failed } failed:
                foreach (var sid in failed.Ids.Where(Sid.IsMessage))
                    await messages.TellAsync(
                        connection,
                        sid,
                        failed.Session,
                        failed.Status,
                        TwilioError.OfFailure(failed.Code)
                    );
                break;
            case StatusTold status:
                // In one order always: two events that name the same messages shall not wait for each other.
                foreach (var sid in status.Ids.Where(Sid.IsMessage).Order(StringComparer.Ordinal))
                    await messages.TellAsync(connection, sid, status.Session, status.Status);
                break;
        }
    }
}
