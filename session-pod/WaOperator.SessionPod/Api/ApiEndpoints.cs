using System.Buffers;
using System.Globalization;
using Microsoft.Net.Http.Headers;
using WaOperator.SessionPod.Api.Events;
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
    private const int BodyPart = 4096;

    private readonly StreamShares _streams = new(options.MaxStreams, options.MaxTenantStreams);
    private readonly BodyShares _bodies = new(options.MaxBodiesMiB, options.MaxTenantBodiesMiB);
    private readonly QueueShares _queue = new(
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
                Server-sent events: the name says which property of the schema describes the data. id is the event's number in its session, without gaps; continue with Last-Event-ID or ?after=NUMBER. Events hold no keys of files.
                """
            )
            .Produces<StreamedEvents>(200, "text/event-stream");
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
        using var share = _bodies.Of(found.Session.Wanted.TenantId);
        var (body, unreadable) = await ReadAsync(http, share);
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
            _queue,
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
        if (_streams.Enter(tenant) is { } full)
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
            _streams.Leave(tenant);
        }
        return Results.Empty;
    }

    private static async Task<(byte[]? Body, IResult? Refusal)> ReadAsync(
        HttpContext http,
        BodyShare share
    )
    {
        if (!IsJson(http.Request.ContentType))
            return (null, Answers.NotJson());
        using var body = new MemoryStream();
        var buffer = ArrayPool<byte>.Shared.Rent(BodyPart);
        try
        {
            // The first part is counted before it comes: a request that sends nothing holds something, too.
            for (var read = BodyPart; read > 0; )
            {
                if (share.TryTake(read) is { } full)
                    return (null, TooMuch(http, full));
                read = await http.Request.Body.ReadAsync(
                    buffer.AsMemory(0, BodyPart),
                    http.RequestAborted
                );
                body.Write(buffer, 0, read);
            }
            return (body.ToArray(), null);
        }
        catch (BadHttpRequestException e)
        {
            return (null, Answers.Problem(e.StatusCode, "The request cannot be read", e.Message));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static IResult TooMuch(HttpContext http, string full)
    {
        http.Response.Headers.RetryAfter = "1";
        return Answers.Problem(429, "Too much at once", full);
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
            $"as much of {ns}/{name} waits to be sent as may ({_queue.Session}); send more when some of it is through"
        );
    }
}
