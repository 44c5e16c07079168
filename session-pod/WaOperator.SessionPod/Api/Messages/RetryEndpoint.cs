using System.Globalization;
using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Sessions;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>Queues messages again that were given up.</summary>
/// <param name="sending">How much may wait.</param>
/// <param name="news">Tells of limits that are reached.</param>
/// <param name="bodies">What all requests hold.</param>
/// <param name="lifetime">A pod that stops waits for no request.</param>
internal sealed class RetryEndpoint(
    Sending sending,
    LimitNews news,
    BodyShares bodies,
    IHostApplicationLifetime lifetime
)
{
    /// <summary>Maps the path below that of a session.</summary>
    public void Map(IEndpointRouteBuilder session) =>
        session
            .MapPost("/messages/retry", RetryAsync)
            .Requiring(ApiScopes.MessagesSend)
            .WithName("retryMessages")
            .WithSummary("Queue messages again that were given up (Failed)")
            .WithDescription(
                """
                All fields are optional, and a message has to fit all that are given. Messages keep their ids, are queued in the order in which they were queued before, and count for the tenant's limits as if they were sent now. While "more" is true, ask again, with "next" as "after" where there is one.
                """
            )
            .Accepts<RetryRequest>("application/json")
            .Produces<RetryAnswer>()
            .Produces<Problem>(400, ProblemAnswer.MediaType)
            .Produces<Problem>(409, ProblemAnswer.MediaType)
            .Produces<Problem>(415, ProblemAnswer.MediaType)
            .Produces<Problem>(429, ProblemAnswer.MediaType)
            .Produces<Problem>(503, ProblemAnswer.MediaType);

    private async Task<IResult> RetryAsync(HttpContext http, string @namespace, string name)
    {
        var (tenure, session) = http.OpenedSession();
        var body = await TypedBody.ReadAsync(http, bodies, MessageJson.Default.RetryRequest, Read);
        if (body.Refusal is { } refusal)
            return refusal;
        if (!session.State.Paired)
            return Problems.NotLinked(@namespace, name, session.State.Phase.ToString());
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            http.RequestAborted,
            lifetime.ApplicationStopping
        );
        LimitReading? limits = null;
        QuotaLimit? reached = null;
        var result = await session.Outbox.RetryAsync(
            body.Asked,
            sending.Queue,
            async message =>
            {
                var admission = await tenure.Policy.AdmitAsync(
                    session.Wanted.TenantId,
                    session.Id,
                    Jid.Parse(message.Chat),
                    message.Audience
                );
                limits = RateLimitFields.AfterAll([limits, admission.Limits]);
                reached ??= admission.Reached;
                return admission;
            },
            end.Token
        );
        RateLimitFields.Write(http.Response, limits, session.Tokens);
        if (result.Full)
            news.Refused(
                session,
                Problems.QueueFull(@namespace, name, sending.Queue.Session.ToString()),
                reached: null,
                limits
            );
        else if (result.Refusal is { Status: 429 } refused)
            news.Refused(session, refused.ToProblem(), reached, limits);
        return Answer(http.Response, session, result);
    }

    private IResult Answer(HttpResponse response, IServedSession session, Retrial result)
    {
        var (ns, name) = (session.Wanted.Namespace, session.Wanted.Name);
        switch (result)
        {
            case { Outcome: ChangeOutcome.Unknown }:
                return Problems.MaybeRetried();
            case { Outcome: ChangeOutcome.Elsewhere }:
                return Problems.NotRunning(ns, name);
            case { Retried: 0, Full: true }:
                return Problems.QueueFull(ns, name, sending.Queue.Session.ToString());
            case { Retried: 0, Refusal: { } refusal }:
                return refusal.ToProblem();
        }
        if (result.Refusal?.RetryAfter is { } wait)
            response.Headers.RetryAfter = ((long)wait.TotalSeconds).ToString(
                CultureInfo.InvariantCulture
            );
        return Results.Json(
            new RetryAnswer(result.Retried, result.Skipped, result.More, result.Next),
            MessageJson.Default.RetryAnswer
        );
    }

    /// <summary>Which messages are meant. Pure.</summary>
    internal static DeadLetters Read(RetryRequest request, Faults faults)
    {
        if (request.Limit is < 1 or > RetryRequest.MostLimit)
            faults.Add("#/limit", $"it must be from 1 to {RetryRequest.MostLimit}");
        if (request.Reason is { Length: 0 or > RetryRequest.MostReason })
            faults.Add(
                "#/reason",
                $"it must have 1 to {RetryRequest.MostReason} characters of the messages' \"error\""
            );
        if (request.Before <= request.After)
            faults.Add("#/before", "it must be later than \"after\"");
        if (request.Ids is { } ids)
        {
            if (ids.Count is 0 or > RetryRequest.MostIds)
                faults.Add("#/ids", $"it must have 1 to {RetryRequest.MostIds} ids");
            for (var i = 0; i < ids.Count && i < RetryRequest.MostIds; i++)
                if (ids[i] is not { } id || !Fields.IsId(id))
                    faults.Add($"#/ids/{i}", "it must be the id of a message");
            if (request.After is not null || request.Before is not null)
                faults.Add("#/ids", "it cannot stand beside \"after\" and \"before\"");
        }
        return new(
            request.Chat is null ? null : Addresses.Chat(request.Chat, "#/chat", faults),
            request.After?.ToUniversalTime(),
            request.Before?.ToUniversalTime(),
            request.Reason,
            request.Limit ?? RetryRequest.DefaultLimit
        )
        {
            Ids = request.Ids,
        };
    }
}
