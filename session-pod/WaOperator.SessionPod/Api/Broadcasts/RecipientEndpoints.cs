using System.Globalization;
using System.Text.Json;
using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Api.Messages;
using WaOperator.SessionPod.Broadcasts;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Broadcasts;

/// <summary>Recipients of a broadcast: add as lines, list.</summary>
/// <param name="bodies">What all requests hold.</param>
internal sealed class RecipientEndpoints(BodyShares bodies)
{
    /// <summary>Maps the paths below that of a session.</summary>
    public void Map(IEndpointRouteBuilder session)
    {
        session
            .MapPost("/broadcasts/{id}/recipients", AddAsync)
            .Requiring(ApiScopes.BroadcastsWrite)
            .WithName("addBroadcastRecipients")
            .WithSummary("Add recipients to a broadcast, all of them or, if one is wrong, none")
            .WithDescription(
                """
                Each of up to 1,000 lines is a recipient (RecipientBody). A broadcast has 10,000 at most, each account once: asked again with the same lines, none is added or written to twice. What is wrong is told with the number of its line, from 1, as #/LINE/FIELD.
                """
            )
            .Accepts<RecipientBody>(BatchSending.MediaType)
            .Produces<AddedAnswer>()
            .Refuses(400, 404, 409, 415, 429, 503);
        session
            .MapGet("/broadcasts/{id}/recipients", ListAsync)
            .Requiring(ApiScopes.BroadcastsRead)
            .WithName("listBroadcastRecipients")
            .WithSummary("List a broadcast's recipients in the order in which they were added")
            .WithDescription(
                """
                ?state= gives those in that state. ?limit= (1 to 100, default 50) bounds the page, ?after= continues with the "next" of another page. A page with a state may have fewer than asked for, and more may follow: continue until there is no "next".
                """
            )
            .Produces<RecipientPage>()
            .Refuses(400, 404);
    }

    private async Task<IResult> AddAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    )
    {
        var opened = http.OpenedSession();
        var (tenure, session) = opened;
        if (!JsonBody.IsLines(http.Request.ContentType))
            return Problems.NotLines();
        using var share = bodies.Of(opened.Tenant);
        var body = await JsonBody.ReadAnyAsync(http.Request, share);
        if (body.Refusal is { } refusal)
            return refusal;
        if (
            await tenure.Broadcasts.FindAsync(session, id, http.RequestAborted) is not { } broadcast
        )
            return Problems.NoBroadcast(@namespace, name, id);
        var (recipients, wrong) = Read(body.Bytes, broadcast.Content.Message);
        if (wrong is not null)
            return wrong;
        return await BroadcastEndpoints.WriteAsync(
            session,
            async () =>
                await tenure.Broadcasts.AddAsync(
                    session,
                    id,
                    recipients,
                    http.RequestAborted
                ) switch
                {
                    null => Problems.NoBroadcast(@namespace, name, id),
                    { Added: null } none => Refusal(id, none),
                    { Added: { } added } done => Results.Json(
                        new AddedAnswer(added, recipients.Count - added, done.Total),
                        BroadcastJson.Default.AddedAnswer
                    ),
                }
        );
    }

    /// <summary>Why recipients were not added.</summary>
    internal static ProblemAnswer Refusal(string id, RecipientsAdded none) =>
        none.State is BroadcastState.Finished or BroadcastState.Cancelled
            ? Problems.BroadcastNotNow(
                id,
                $"is {none.State} and takes no more recipients; make another one"
            )
            : Problems.TooManyRecipients(BroadcastWrites.MaxRecipients, none.Total);

    /// <summary>Reads the lines; all that is wrong is told. Pure.</summary>
    /// <param name="body">JSON in UTF-8, one recipient a line.</param>
    /// <param name="message">The broadcast's message.</param>
    internal static (
        IReadOnlyList<(Jid Account, Recipient Recipient)> Recipients,
        ProblemAnswer? Wrong
    ) Read(byte[] body, SendRequest message)
    {
        var lines = BatchSending.Cut(body);
        if (lines.Count is 0 or > BatchSending.MaxLines)
            return (
                [],
                Problems.Bad(
                    $"the body has 1 to {BatchSending.MaxLines} lines, a recipient in each; this one has {lines.Count}"
                )
            );
        var faults = new Faults();
        var variables = BroadcastMessage.Variables(message);
        var recipients = new List<(Jid, Recipient)>(lines.Count);
        foreach (var (number, part) in lines)
        {
            var pointer = string.Create(CultureInfo.InvariantCulture, $"#/{number}");
            try
            {
                var line = JsonSerializer.Deserialize(
                    body.AsSpan(part),
                    BroadcastJson.Default.RecipientBody
                );
                if (
                    BroadcastReader.ReadRecipient(line, pointer, message, variables, faults) is
                    { } recipient
                )
                    recipients.Add(recipient);
            }
            catch (JsonException e)
            {
                faults.Add(
                    pointer + Faults.PointerOf(e.Path)[1..],
                    $"it is no recipient: {e.Message}"
                );
            }
        }
        return faults.Problem is { } problem ? ([], problem) : (recipients, null);
    }

    private static async Task<IResult> ListAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    )
    {
        var (tenure, session) = http.OpenedSession();
        var (query, wrong) = RecipientQuery.Read(http.Request.Query);
        if (query is null)
            return wrong!;
        if (await tenure.Broadcasts.FindAsync(session, id, http.RequestAborted) is null)
            return Problems.NoBroadcast(@namespace, name, id);
        var (page, next) = await tenure.Broadcasts.ListRecipientsAsync(
            session,
            id,
            query.State,
            query.After,
            query.Limit,
            http.RequestAborted
        );
        return Results.Json(
            new RecipientPage(
                [.. page.Select(RecipientAnswer.Of)],
                Paging.Link(http, next is { } place ? RecipientQuery.TextOf(place) : null)
            ),
            BroadcastJson.Default.RecipientPage
        );
    }
}
