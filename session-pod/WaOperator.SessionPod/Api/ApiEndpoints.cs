using System.Globalization;
using Microsoft.Net.Http.Headers;
using WaOperator.SessionPod.Hosting;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Options;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.SessionPod.Api;

/// <summary>The tenants' API: send, ask how a message does, follow the events, ask how a session does.</summary>
internal sealed class ApiEndpoints(
    SessionGate gate,
    PodOptions options,
    UnreadableEntries unreadable,
    IHostApplicationLifetime lifetime
)
{
    private readonly StreamShares streams = new(options.MaxStreams, options.MaxTenantStreams);
    private readonly BodyShares bodies = new(options.MaxBodiesMiB, options.MaxTenantBodiesMiB);
    private readonly QueueShares queue = new(
        new(options.MaxQueue, options.MaxQueueMiB),
        new(options.MaxTenantQueue, options.MaxTenantQueueMiB)
    );

    /// <summary>Maps the paths.</summary>
    public void Map(WebApplication app)
    {
        var session = app.MapGroup("/v1/sessions/{namespace}/{name}").ServedOn(PodPort.Api);
        session
            .MapPost("/messages", SendAsync)
            .WithName("sendMessage")
            .WithSummary(
                "Queues a message, durably; asked again with the same id it sends nothing twice"
            )
            .Accepts<SendRequest>("application/json")
            .Produces<MessageAnswer>(202)
            .Produces<Problem>(400, "application/problem+json")
            .Produces<Problem>(403, "application/problem+json")
            .Produces<Problem>(409, "application/problem+json")
            .Produces<Problem>(415, "application/problem+json")
            .Produces<Problem>(429, "application/problem+json");
        session
            .MapGet("/messages/{id}", FindAsync)
            .WithName("getMessage")
            .WithSummary("How far a message has come")
            .Produces<MessageAnswer>();
        session
            .MapGet("/events", StreamAsync)
            .WithName("streamEvents")
            .WithSummary("The session's events from a cursor on, then as they come")
            .WithDescription(
                """
                Server-sent events. id is the event's number in its session, without gaps; go on with Last-Event-ID or ?after=NUMBER.

                | event | data |
                |---|---|
                | message | id, chat, sender, participant (groups), fromMe, timestamp (Unix seconds), pushName, text, and content: what it says. chatPn, chatLid, senderPn and senderLid give both addresses as far as known |
                | unreadable | type, reason, and raw (base64) where there are bytes: an event that cannot be shown, such as one that is damaged in the database. The stream goes on behind it |
                | undecryptable | the same head with reason and error; the message may come again, readable |
                | receipt | receipt (delivered, read, played), chat, sender, ids, timestamp |
                | sent, failed | id, chat, and timestamp or code and error: the server's answer to a message that was queued here |
                | group, identity | what changed in a group; a device with another identity key |
                | gap | from, to: events that are older than the retention |
                | moved | another pod runs the session from now on |
                | closed | the API key is no longer valid; the stream ends |

                content.kind says which fields of content there are: text, image, video, audio, voiceNote, document, sticker, location, contact, reaction, edit, delete, poll, template, buttons, buttonReply, list, listReply, interactive, interactiveReply, product, order, invoice, payment, event, call, album and others; unknown is a kind of a later version. What businesses send has title, text, footer and choices (what can be chosen), a reply choice (what was chosen: id, text, and of a native flow its action and parameters). Kinds of business, calls, events and the like have content.details: the kind's fields by their names in the public WAProto schema, in protobuf's JSON form (64-bit numbers as text). content.referral tells where a chat was begun: an advertisement with its click id, a campaign. target names the message that a reaction, edit, deletion or vote is about, quoted the one that a reply is to. Of a file content.media has what is needed to load it (directPath or url, mediaKey, fileSha256, fileEncSha256, fileLength) and content.mediaInfo what is said about it (mimeType, fileName ...). mediaKey opens the file: keep it as secret as the message, and out of logs. What is not shown, or not whole, has content.reason (why) and content.raw: the serialised Message protobuf as it came, in base64. A place without latitude and longitude was sent with values that are none.
                """
            )
            .Produces(200, contentType: "text/event-stream");
        session
            .MapGet("", StateAsync)
            .WithName("getSession")
            .WithSummary("How the session does")
            .Produces<SessionAnswer>();
    }

    private async Task<IResult> SendAsync(HttpContext http, string @namespace, string name)
    {
        var (opened, refusal) = await gate.OpenAsync(http, @namespace, name);
        if (opened is not { } found)
            return refusal!;
        var tenant = found.Session.Wanted.TenantId;
        var longest = options.MaxBodyKiB * 1024L;
        var length = Math.Min(http.Request.ContentLength ?? longest, longest);
        if (bodies.Enter(tenant, length) is { } full)
        {
            http.Response.Headers.RetryAfter = "1";
            return Answers.Problem(429, "Too much at once", full);
        }
        try
        {
            return await TakeAsync(http, found, @namespace, name);
        }
        finally
        {
            bodies.Leave(tenant, length);
        }
    }

    private async Task<IResult> TakeAsync(
        HttpContext http,
        Opened found,
        string @namespace,
        string name
    )
    {
        var (body, unreadable) = await ReadAsync(http);
        if (body is null)
            return unreadable!;
        if (!Outgoing.TryRead(body, out var message, out var named, out var wrong))
            return Answers.Bad(wrong!);
        if (!found.Session.State.Paired)
            return Answers.Problem(
                409,
                "No phone is linked",
                $"{@namespace}/{name} is {found.Session.State.Phase}; link a phone first"
            );
        // A pod that stops waits for nobody.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted,
            lifetime.ApplicationStopping
        );
        var answer = await found.Session.Outbox.AcceptAsync(
            message,
            known: named,
            queue,
            () =>
                found.Tenure.Policy.AdmitAsync(
                    found.Session.Wanted.TenantId,
                    found.Session.Id,
                    Jid.Parse(message.Chat)
                ),
            end.Token
        );
        return answer.Outcome switch
        {
            AcceptOutcome.Accepted => Answers.Json(
                new MessageAnswer(message.Id, answer.State.ToString()),
                ApiJson.Default.MessageAnswer,
                202
            ),
            AcceptOutcome.Conflict => Answers.Problem(
                409,
                "The id is taken",
                $"another message of this session has the id {message.Id}"
            ),
            AcceptOutcome.Full => Full(http, @namespace, name),
            AcceptOutcome.Refused => Refuse(http, answer.Refusal!),
            AcceptOutcome.Unknown => Answers.Problem(
                503,
                "Not known whether it was queued",
                $"the database went away meanwhile; ask again with the id {message.Id}: it is not sent twice"
            ),
            _ => Answers.Elsewhere(@namespace, name, owner: null),
        };
    }

    private async Task<IResult> FindAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    )
    {
        var (opened, refusal) = await gate.OpenAsync(http, @namespace, name);
        if (opened is not { } found)
            return refusal!;
        var messages = found.Tenure.Messages;
        var stored = Outgoing.IsId(id)
            ? await messages.Stored.FindOutboxAsync(found.Session.Id, id, http.RequestAborted)
            : null;
        if (stored is null)
            return Answers.Problem(
                404,
                "No such message",
                $"{@namespace}/{name} has no message {id}, or its retention has passed"
            );
        using var ciphers = new SessionCiphers(
            messages.Keyring,
            found.Session.Wanted.TenantId,
            found.Session.Id
        );
        var message = await OutboxCodec.OpenAsync(ciphers, stored.Row, http.RequestAborted);
        return Answers.Json(
            new MessageAnswer(
                id,
                message.State.ToString(),
                message.Chat,
                message.Error,
                stored.QueuedAt,
                stored.SettledAt
            ),
            ApiJson.Default.MessageAnswer
        );
    }

    private async Task<IResult> StateAsync(HttpContext http, string @namespace, string name)
    {
        var (opened, refusal) = await gate.OpenAsync(http, @namespace, name);
        if (opened is not { } found)
            return refusal!;
        var state = found.Session.State;
        return Answers.Json(
            new SessionAnswer(
                @namespace,
                name,
                state.Phase.ToString(),
                state.Reason,
                state.Message,
                state.Paired,
                state.Phone,
                state.Jid,
                state.LastConnectedAt,
                await found.Tenure.Messages.Stored.LastEventAsync(
                    found.Session.Id,
                    http.RequestAborted
                )
            ),
            ApiJson.Default.SessionAnswer
        );
    }

    private async Task<IResult> StreamAsync(HttpContext http, string @namespace, string name)
    {
        var (opened, refusal) = await gate.OpenAsync(http, @namespace, name);
        if (opened is not { } found)
            return refusal!;
        string? cursor = http.Request.Headers["Last-Event-ID"];
        cursor = cursor is { Length: > 0 } ? cursor : http.Request.Query["after"];
        var after = 0L;
        if (
            cursor is { Length: > 0 }
            && !long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out after)
        )
            return Answers.Bad(
                "the cursor (Last-Event-ID or ?after=) must be the number of an event"
            );
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted,
            lifetime.ApplicationStopping
        );
        var tenant = found.Session.Wanted.TenantId;
        if (streams.Enter(tenant) is { } full)
        {
            http.Response.Headers.RetryAfter = "5";
            return Answers.Problem(429, "Too many streams", full);
        }
        try
        {
            await new EventStream(
                found,
                http.Response,
                unreadable,
                options.Heartbeat,
                () => SessionGate.IsStillOpenAsync(http, found)
            ).RunAsync(after, end.Token);
        }
        catch (OperationCanceledException)
        {
            // The reader has gone, or the tenure has ended: the stream just ends.
            http.Abort();
        }
        finally
        {
            streams.Leave(tenant);
        }
        return Results.Empty;
    }

    private static async Task<(byte[]? Body, IResult? Refusal)> ReadAsync(HttpContext http)
    {
        if (!IsJson(http.Request.ContentType))
            return (null, Answers.NotJson());
        try
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body, http.RequestAborted);
            return (body.ToArray(), null);
        }
        catch (BadHttpRequestException e)
        {
            return (null, Answers.Problem(e.StatusCode, "The request cannot be read", e.Message));
        }
    }

    /// <summary>JSON in UTF-8, which some clients say with quotes or without the dash.</summary>
    internal static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
        && HeaderUtilities.RemoveQuotes(type.Charset).Value?.ToUpperInvariant()
            is null
                or ""
                or "UTF-8"
                or "UTF8";

    private static IResult Refuse(HttpContext http, SendRefusal refusal)
    {
        if (refusal.RetryAfter is { } wait)
            http.Response.Headers.RetryAfter = $"{(long)wait.TotalSeconds}";
        return Answers.Problem(refusal.Status, refusal.Title, refusal.Detail);
    }

    private IResult Full(HttpContext http, string ns, string name)
    {
        http.Response.Headers.RetryAfter = "5";
        return Answers.Problem(
            429,
            "Too many messages wait",
            $"as much of {ns}/{name} waits to be sent as may ({queue.Session}); send more when some of it is through"
        );
    }
}
