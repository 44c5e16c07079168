using System.Text.Json;
using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Sessions;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>Messages of a session: send, list, get one's status, change, take back.</summary>
/// <param name="sending">Has them accepted.</param>
/// <param name="batches">Has many accepted.</param>
/// <param name="retry">Has those sent again that were given up.</param>
/// <param name="access">Tells what is not there from what is not here any more.</param>
/// <param name="bodies">What all requests hold.</param>
/// <param name="time">The clock.</param>
/// <param name="lifetime">A pod that stops waits for no request.</param>
internal sealed class MessagesEndpoints(
    Sending sending,
    BatchSending batches,
    RetryEndpoint retry,
    SessionAccess access,
    BodyShares bodies,
    TimeProvider time,
    IHostApplicationLifetime lifetime
)
{
    private const string KeyHeader = "Idempotency-Key";
    private const int MostLooked = 500;

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
            .WithDescription(
                """
                The id is the body's, or made from an Idempotency-Key header, or a new one. An answer to what was accepted before has the header Idempotent-Replayed. With application/x-ndjson, each of up to 1,000 lines is such a body; the answer is 200 with a line for each (BatchLine), in their order, and one that is refused harms no other. Where the tenant has limits, RateLimit-Policy and RateLimit say what is left of them.
                """
            )
            .Accepts<SendRequest>("application/json", BatchSending.MediaType)
            .Produces<MessageAnswer>(202)
            .Produces<BatchLine>(200, BatchSending.MediaType)
            .Produces<Problem>(400, ProblemAnswer.MediaType)
            .Produces<Problem>(403, ProblemAnswer.MediaType)
            .Produces<Problem>(404, ProblemAnswer.MediaType)
            .Produces<Problem>(409, ProblemAnswer.MediaType)
            .Produces<Problem>(415, ProblemAnswer.MediaType)
            .Produces<Problem>(422, ProblemAnswer.MediaType)
            .Produces<Problem>(429, ProblemAnswer.MediaType)
            .Produces<Problem>(501, ProblemAnswer.MediaType);
        session
            .MapGet("/messages", ListAsync)
            .Requiring(ApiScopes.MessagesRead)
            .WithName("listMessages")
            .WithSummary(
                "List the messages that were sent through this API, or all of one chat, within their retention"
            )
            .WithDescription(
                """
                Without ?chat= the messages that were sent through this API, those that are not settled first; ?state= gives those in that state, also of one chat. ?chat= alone gives the history of a chat: what waits to be sent, then what was sent and received, newest first, with its content as in events; then, where spec.history of the session asks for it, what its phone gave of the time before it was linked (past). ?limit= (1 to 100, default 50) bounds the page, ?after= continues with the "next" of another page of the same list. A page may have fewer messages than asked for, and more may follow: continue until there is no "next".
                """
            )
            .Produces<MessagePage>()
            .Produces<Problem>(400, ProblemAnswer.MediaType);
        session
            .MapGet("/messages/{id}", FindAsync)
            .Requiring(ApiScopes.MessagesRead)
            .WithName("getMessage")
            .WithSummary("Get a message's status")
            .Produces<MessageAnswer>()
            .Produces<Problem>(404, ProblemAnswer.MediaType);
        ReceiptEndpoints.Map(session);
        retry.Map(session);
        session
            .MapDelete("/messages/{id}", CancelAsync)
            .Requiring(ApiScopes.MessagesSend)
            .WithName("cancelMessage")
            .WithSummary("Take a message back that is not encrypted yet")
            .Produces<MessageAnswer>()
            .Produces<Problem>(404, ProblemAnswer.MediaType)
            .Produces<Problem>(409, ProblemAnswer.MediaType);
        session
            .MapPatch("/messages/{id}", ChangeAsync)
            .Requiring(ApiScopes.MessagesSend)
            .WithName("rescheduleMessage")
            .WithSummary("Give a Scheduled message another time")
            .Accepts<MessageChange>("application/json")
            .Produces<MessageAnswer>()
            .Produces<Problem>(400, ProblemAnswer.MediaType)
            .Produces<Problem>(404, ProblemAnswer.MediaType)
            .Produces<Problem>(409, ProblemAnswer.MediaType);
    }

    private async Task<IResult> SendAsync(HttpContext http, string @namespace, string name)
    {
        var (tenure, session) = http.OpenedSession();
        using var share = bodies.Of(session.Wanted.TenantId);
        var many = JsonBody.IsLines(http.Request.ContentType);
        var body = many
            ? await JsonBody.ReadAnyAsync(http.Request, share)
            : await JsonBody.ReadAsync(http.Request, share);
        if (body.Refusal is { } refusal)
            return refusal;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted,
            lifetime.ApplicationStopping
        );
        if (many)
            return !session.State.Paired ? NotLinked(session)
                : http.Request.Headers.ContainsKey(KeyHeader)
                    ? Problems.Bad($"a batch has no {KeyHeader}; give each line its \"id\"")
                : await batches.SendAsync(http, tenure, session, body.Bytes, end.Token);
        if (!Outgoing.TryRead(body.Bytes, out var draft, out var wrong))
            return wrong.ToProblem();
        var (keyed, byKey, bad) = WithKey(http.Request, session, draft);
        if (bad is not null)
            return bad;
        if (!session.State.Paired)
            return NotLinked(session);
        var answer = await sending.SendAsync(tenure, session, keyed, byKey, end.Token);
        RateLimitFields.Write(http.Response, answer.Limits, session.Tokens);
        if (answer.Problem is { } problem)
            return problem;
        http.Response.Headers["Wa-Message-Id"] = keyed.Id;
        if (answer.Before)
            http.Response.Headers["Idempotent-Replayed"] = "true";
        return Json(answer.Message!, StatusCodes.Status202Accepted);
    }

    /// <summary>The draft with the id that its key stands for, if it has one.</summary>
    private static (Draft Draft, bool ByKey, ProblemAnswer? Wrong) WithKey(
        HttpRequest request,
        IServedSession session,
        Draft draft
    )
    {
        var given = request.Headers[KeyHeader];
        if (given.Count == 0)
            return (draft, false, null);
        if (given is not [{ Length: > 0 and <= IdempotencyIds.MaxKey } key])
            return (
                draft,
                true,
                Problems.Bad($"{KeyHeader} has 1 to {IdempotencyIds.MaxKey} characters")
            );
        var wanted = session.Wanted;
        var id = IdempotencyIds.Of(wanted.TenantId, wanted.Namespace, wanted.Name, key);
        // The gateway has put the key's id into the body already.
        return draft.Named && draft.Id != id
            ? (draft, false, Problems.Bad("#/id", $"give either \"id\" or {KeyHeader}"))
            : (draft with { Id = id, Named = true }, true, null);
    }

    private static async Task<IResult> ListAsync(HttpContext http, string @namespace, string name)
    {
        var (tenure, session) = http.OpenedSession();
        var (query, wrong) = ListQuery.Read(http.Request.Query);
        if (query is null)
            return wrong!;
        if (query.HistoryOf is { } chat)
        {
            var (items, older) = await tenure.History.ReadAsync(
                session.Wanted.TenantId,
                session.Id,
                chat,
                query.From,
                query.Limit,
                http.RequestAborted
            );
            return Page(
                http,
                [.. items.Select(HistoryAnswers.Of)],
                older is { } next ? ListQuery.TextOf(next) : null
            );
        }
        var filtered = query.Chat is not null || query.State is not null;
        var (page, last) = await tenure.Outboxes.ListAsync(
            session.Wanted.TenantId,
            session.Id,
            query.After,
            filtered ? MostLooked : query.Limit,
            query.Fits,
            query.Limit,
            http.RequestAborted
        );
        return Page(
            http,
            [.. page.Select(MessageAnswer.Of)],
            last is null ? null : ListQuery.TextOf(last)
        );
    }

    private static IResult Page(HttpContext http, MessageAnswer[] page, string? next) =>
        Results.Json(
            new MessagePage(page, Paging.Link(http, next)),
            MessageJson.Default.MessagePage
        );

    private async Task<IResult> FindAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    )
    {
        var opened = http.OpenedSession();
        var (tenure, session) = opened;
        var ct = http.RequestAborted;
        if (await StoredAsync(tenure, session, id, ct) is not { } stored)
            return await access.MissingAsync(opened, Problems.NoMessage(@namespace, name, id), ct);
        var answer = MessageAnswer.Of(stored);
        if (stored.State is Store.Pod.OutboxState.Encrypted or Store.Pod.OutboxState.Acked)
        {
            var (delivered, read, played) = await tenure.Receipts.FirstAsync(session.Id, id, ct);
            answer = answer with { Delivered = delivered, Read = read, Played = played };
        }
        return Json(answer, StatusCodes.Status200OK);
    }

    private static async Task<IResult> CancelAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    )
    {
        var (tenure, session) = http.OpenedSession();
        if (!Fields.IsId(id))
            return Problems.NoMessage(@namespace, name, id);
        var changed = await session.Outbox.CancelAsync(id, http.RequestAborted);
        // Asked again, it is cancelled all the same.
        if (changed is { Outcome: ChangeOutcome.Late, State: Store.Pod.OutboxState.Cancelled })
            changed = changed with { Outcome = ChangeOutcome.Done };
        return await AnswerAsync(
            http,
            tenure,
            session,
            id,
            changed,
            changed.State == Store.Pod.OutboxState.Queued
                ? "is being encrypted at this moment"
                : $"is {changed.State}; it could be taken back while it was Scheduled or Queued"
        );
    }

    private async Task<IResult> ChangeAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    )
    {
        var (tenure, session) = http.OpenedSession();
        using var share = bodies.Of(session.Wanted.TenantId);
        var body = await JsonBody.ReadAsync(http.Request, share);
        if (body.Refusal is { } refusal)
            return refusal;
        var (due, wrong) = ReadChange(body.Bytes);
        if (wrong is not null)
            return wrong;
        if (due > time.GetUtcNow() + Sending.Furthest)
            return Sending.TooFar();
        if (await StoredAsync(tenure, session, id, http.RequestAborted) is not { } stored)
            return await access.MissingAsync(
                http.OpenedSession(),
                Problems.NoMessage(@namespace, name, id),
                http.RequestAborted
            );
        if (Particulars.Read(stored.Message.Note)?.ExpiresAt <= due)
            return Problems.Bad("#/sendAt", "the message expires before that (\"expiresAt\")");
        var changed = await session.Outbox.PutOffAsync(id, due, http.RequestAborted);
        return await AnswerAsync(
            http,
            tenure,
            session,
            id,
            changed,
            $"is {changed.State}; it could be given another time while it was Scheduled"
        );
    }

    private static (DateTimeOffset Due, ProblemAnswer? Wrong) ReadChange(byte[] body)
    {
        try
        {
            var change = JsonSerializer.Deserialize(body, MessageJson.Default.MessageChange);
            return change?.SendAt is { } due
                ? (due.ToUniversalTime(), null)
                : (default, Problems.Bad("#/sendAt", "\"sendAt\" is missing"));
        }
        catch (JsonException e)
        {
            return (
                default,
                Problems.Bad(BodyFault.PointerOf(e), $"the body is not a valid change: {e.Message}")
            );
        }
    }

    private static async Task<IResult> AnswerAsync(
        HttpContext http,
        ApiTenure tenure,
        IServedSession session,
        string id,
        Changed changed,
        string late
    )
    {
        var (ns, name) = (session.Wanted.Namespace, session.Wanted.Name);
        switch (changed.Outcome)
        {
            case ChangeOutcome.Late:
                return Problems.TooLate(id, late);
            case ChangeOutcome.Unknown:
                return Problems.MaybeChanged(id);
            case ChangeOutcome.Elsewhere:
                return Problems.NotRunning(ns, name);
            case ChangeOutcome.Done
                when await StoredAsync(tenure, session, id, http.RequestAborted) is { } stored:
                return Json(MessageAnswer.Of(stored), StatusCodes.Status200OK);
            default:
                return Problems.NoMessage(ns, name, id);
        }
    }

    private static async Task<StoredMessage?> StoredAsync(
        ApiTenure tenure,
        IServedSession session,
        string id,
        CancellationToken ct
    ) =>
        Fields.IsId(id)
            ? await tenure.Outboxes.FindAsync(session.Wanted.TenantId, session.Id, id, ct)
            : null;

    private static ProblemAnswer NotLinked(IServedSession session) =>
        Problems.NotLinked(
            session.Wanted.Namespace,
            session.Wanted.Name,
            session.State.Phase.ToString()
        );

    private static IResult Json(MessageAnswer answer, int status) =>
        Results.Json(answer, MessageJson.Default.MessageAnswer, statusCode: status);
}
