using WaOperator.Api;
using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Options;
using WaOperator.SessionPod.Sessions;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>Messages of a session: send, get one's status.</summary>
/// <param name="options">Limits.</param>
/// <param name="bodies">What all requests hold.</param>
/// <param name="lifetime">A pod that stops waits for no request.</param>
internal sealed class MessagesEndpoints(
    PodOptions options,
    BodyShares bodies,
    IHostApplicationLifetime lifetime
)
{
    private readonly QueueShares _queue = new(
        new(options.MaxQueue, options.MaxQueueMiB),
        new(options.MaxTenantQueue, options.MaxTenantQueueMiB)
    );

    /// <summary>Maps the paths.</summary>
    /// <param name="session">The group of a session's paths.</param>
    public void Map(IEndpointRouteBuilder session)
    {
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
            .Produces<Problem>(404, ProblemAnswer.MediaType)
            .Produces<Problem>(409, ProblemAnswer.MediaType)
            .Produces<Problem>(415, ProblemAnswer.MediaType)
            .Produces<Problem>(429, ProblemAnswer.MediaType)
            .Produces<Problem>(501, ProblemAnswer.MediaType);
        session
            .MapGet("/messages/{id}", FindAsync)
            .Requiring(ApiScopes.MessagesRead)
            .WithName("getMessage")
            .WithSummary("Get a message's status")
            .Produces<MessageAnswer>();
    }

    private async Task<IResult> SendAsync(HttpContext http, string @namespace, string name)
    {
        var (tenure, session) = http.OpenedSession();
        using var share = bodies.Of(session.Wanted.TenantId);
        var body = await JsonBody.ReadAsync(http.Request, share);
        if (body.Refusal is { } refusal)
            return refusal;
        if (!Outgoing.TryRead(body.Bytes, out var draft, out var wrong))
            return wrong.ToProblem();
        if (!session.State.Paired)
            return Problems.NotLinked(@namespace, name, session.State.Phase.ToString());
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted,
            lifetime.ApplicationStopping
        );
        return await AcceptAsync(tenure, session, draft, end.Token);
    }

    private async Task<IResult> AcceptAsync(
        ApiTenure tenure,
        IServedSession session,
        Draft draft,
        CancellationToken ct
    )
    {
        if (await AcceptedBeforeAsync(tenure, session, draft, ct) is { } before)
            return before;
        var (found, unknown) = await tenure.References.LookUpAsync(session, draft, ct);
        if (unknown is not null)
            return unknown;
        OutgoingMessage message;
        try
        {
            message = Composer.Compose(draft, found!);
        }
        catch (BodyFaultException e)
        {
            return e.Fault.ToProblem();
        }
        var tenant = session.Wanted.TenantId;
        var answer = await session.Outbox.AcceptAsync(
            message,
            known: draft.Named,
            _queue,
            () => tenure.Policy.AdmitAsync(tenant, session.Id, message.To),
            ct
        );
        var (ns, name) = (session.Wanted.Namespace, session.Wanted.Name);
        return answer.Outcome switch
        {
            AcceptOutcome.Accepted => Results.Json(
                new MessageAnswer(message.Id, answer.State.ToString()),
                MessageJson.Default.MessageAnswer,
                statusCode: 202
            ),
            AcceptOutcome.Conflict => Problems.IdTaken(message.Id),
            AcceptOutcome.Full => Problems.QueueFull(ns, name, _queue.Session.ToString()),
            AcceptOutcome.Refused => answer.Refusal!.ToProblem(),
            AcceptOutcome.Unknown => Problems.MaybeQueued(message.Id),
            _ => Problems.NotRunning(ns, name),
        };
    }

    /// <summary>
    /// A file that is fetched has another key each time, so the content cannot be compared with that of the same message before: its id
    /// and recipient tell that it is the same.
    /// </summary>
    private static async ValueTask<IResult?> AcceptedBeforeAsync(
        ApiTenure tenure,
        IServedSession session,
        Draft draft,
        CancellationToken ct
    )
    {
        if (
            draft is not { Named: true, Content: FileContent { Url: not null } }
            || await tenure.Outboxes.FindAsync(session.Wanted.TenantId, session.Id, draft.Id, ct)
                is not { Message: var message }
        )
            return null;
        return message.Chat == draft.To.ToString()
            ? Results.Json(
                new MessageAnswer(message.Id, message.State.ToString()),
                MessageJson.Default.MessageAnswer,
                statusCode: 202
            )
            : Problems.IdTaken(message.Id);
    }

    private static async Task<IResult> FindAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    )
    {
        var (tenure, session) = http.OpenedSession();
        var stored = Fields.IsId(id)
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
            MessageJson.Default.MessageAnswer
        );
    }
}
