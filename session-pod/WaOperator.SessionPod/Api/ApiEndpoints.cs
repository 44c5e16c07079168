using System.Globalization;
using WaOperator.Api;
using WaOperator.SessionPod.Api.Events;
using WaOperator.SessionPod.Hosting;
using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Options;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.SessionPod.Api;

/// <summary>The tenants' API: send, get a message's status, follow the events, get a session's status.</summary>
internal sealed class ApiEndpoints(
    PodOptions options,
    UnreadableEntries unreadable,
    BodyShares bodies,
    IHostApplicationLifetime lifetime,
    TimeProvider time
)
{
    private readonly StreamShares _streams = new(options.MaxStreams, options.MaxTenantStreams);
    private readonly QueueShares _queue = new(
        new(options.MaxQueue, options.MaxQueueMiB),
        new(options.MaxTenantQueue, options.MaxTenantQueueMiB)
    );

    /// <summary>Maps the paths.</summary>
    public void Map(WebApplication app)
    {
        var session = app.MapGroup("/v1/sessions/{namespace}/{name}")
            .ServedOn(PodPort.Api)
            .ActingForSession();
        session
            .MapPost("/messages", SendAsync)
            .Requiring(ApiScopes.MessagesSend)
            .WithName("sendMessage")
            .WithSummary(
                "Queues a message, durably; asked again with the same id it sends nothing twice"
            )
            .Accepts<SendRequest>("application/json")
            .Produces<MessageAnswer>(202)
            .Produces<Problem>(400, ProblemAnswer.MediaType)
            .Produces<Problem>(403, ProblemAnswer.MediaType)
            .Produces<Problem>(409, ProblemAnswer.MediaType)
            .Produces<Problem>(415, ProblemAnswer.MediaType)
            .Produces<Problem>(429, ProblemAnswer.MediaType);
        session
            .MapGet("/messages/{id}", FindAsync)
            .Requiring(ApiScopes.MessagesRead)
            .WithName("getMessage")
            .WithSummary("Get a message's status")
            .Produces<MessageAnswer>();
        session
            .MapGet("/events", StreamAsync)
            .Requiring(ApiScopes.EventsRead)
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
            .Requiring(ApiScopes.SessionsRead)
            .WithName("getSession")
            .WithSummary("Get the session's status")
            .Produces<SessionAnswer>();
    }

    private async Task<IResult> SendAsync(HttpContext http, string @namespace, string name)
    {
        var (tenure, session) = http.OpenedSession();
        var tenant = session.Wanted.TenantId;
        using var share = bodies.Of(tenant);
        var body = await JsonBody.ReadAsync(http.Request, share);
        if (body.Refusal is { } refusal)
            return refusal;
        if (!Outgoing.TryRead(body.Bytes, out var message, out var named, out var wrong))
            return Problems.Bad(wrong!);
        if (!session.State.Paired)
            return Problems.NotLinked(@namespace, name, session.State.Phase.ToString());
        // A pod that stops waits for no request.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted,
            lifetime.ApplicationStopping
        );
        var answer = await session.Outbox.AcceptAsync(
            message,
            known: named,
            _queue,
            () => tenure.Policy.AdmitAsync(tenant, session.Id, message.To),
            end.Token
        );
        return answer.Outcome switch
        {
            AcceptOutcome.Accepted => Results.Json(
                new MessageAnswer(message.Id, answer.State.ToString()),
                ApiJson.Default.MessageAnswer,
                statusCode: 202
            ),
            AcceptOutcome.Conflict => Problems.IdTaken(message.Id),
            AcceptOutcome.Full => Problems.QueueFull(@namespace, name, _queue.Session.ToString()),
            AcceptOutcome.Refused => answer.Refusal!.ToProblem(),
            AcceptOutcome.Unknown => Problems.MaybeQueued(message.Id),
            _ => Problems.NotRunning(@namespace, name),
        };
    }

    private static async Task<IResult> FindAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    )
    {
        var (tenure, session) = http.OpenedSession();
        var stored = Outgoing.IsId(id)
            ? await tenure.Outboxes.FindAsync(
                session.Wanted.TenantId,
                session.Id,
                id,
                http.RequestAborted
            )
            : null;
        if (stored is not { Message: var message })
            return Problems.NoMessage(@namespace, name, id);
        return Results.Json(
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

    private static async Task<IResult> StateAsync(HttpContext http, string @namespace, string name)
    {
        var (tenure, session) = http.OpenedSession();
        var state = session.State;
        return Results.Json(
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
                await tenure.Journals.LastAsync(session.Id, http.RequestAborted)
            ),
            ApiJson.Default.SessionAnswer
        );
    }

    private async Task<IResult> StreamAsync(HttpContext http, string @namespace, string name)
    {
        var opened = http.OpenedSession();
        if (!TryReadCursor(http.Request, out var after))
            return Problems.Bad(
                "the cursor (Last-Event-ID or ?after=) must be the number of an event"
            );
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted,
            lifetime.ApplicationStopping
        );
        var (tenant, session) = (opened.Tenant, opened.Session);
        if (_streams.Enter(tenant) is { } full)
            return Problems.TooManyStreams(full);
        try
        {
            await new EventStream(
                session.Wanted,
                http.Response,
                unreadable,
                options.Heartbeat,
                time,
                () => opened.IsStillOpenAsync(http)
            ).RunAsync(opened.Tenure.Journals.ReadAsync(tenant, session.Id, after), end.Token);
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

    /// <summary>The number of the last event that the client has; 0 where it says none.</summary>
    private static bool TryReadCursor(HttpRequest request, out long after)
    {
        string? cursor = request.Headers["Last-Event-ID"];
        cursor = cursor is { Length: > 0 } ? cursor : request.Query["after"];
        after = 0;
        return cursor is not { Length: > 0 }
            || long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out after);
    }
}
