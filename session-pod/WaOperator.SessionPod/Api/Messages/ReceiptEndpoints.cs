using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>Who got a message that was sent through this API.</summary>
internal static class ReceiptEndpoints
{
    /// <summary>Maps the path below that of a session.</summary>
    public static void Map(IEndpointRouteBuilder session) =>
        session
            .MapGet("/messages/{id}/receipts", ListAsync)
            .Requiring(ApiScopes.MessagesRead)
            .WithName("listReceipts")
            .WithSummary("List who got, read and played a message that was sent through this API")
            .WithDescription(
                """
                In a chat of two that is the other account, whether it has got the message or not; in a group and of a status those who have, in an order of their own. ?limit= (1 to 100, default 50) bounds the page, ?after= continues with the "next" of another page.
                """
            )
            .Produces<ReceiptPage>()
            .Produces<Problem>(400, ProblemAnswer.MediaType)
            .Produces<Problem>(404, ProblemAnswer.MediaType);

    private static async Task<IResult> ListAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    )
    {
        var (tenure, session) = http.OpenedSession();
        var (page, wrong) = PageQuery.Read(http.Request.Query);
        if (page is null)
            return wrong!;
        if (
            !Fields.IsId(id)
            || await tenure.Receipts.ListAsync(
                session.Wanted.TenantId,
                session.Id,
                id,
                page.AfterName,
                page.Limit,
                http.RequestAborted
            )
                is not var (arrivals, next)
        )
            return Problems.NoMessage(@namespace, name, id);
        return Results.Json(
            new ReceiptPage(
                [
                    .. arrivals.Select(a => new ReceiptAnswer(
                        PersonAnswer.Of(a.Participant, a.Other),
                        a.Delivered,
                        a.Read,
                        a.Played
                    )),
                ],
                Paging.Link(http, next is { } at ? PageQuery.TextOf(at) : null)
            ),
            MessageJson.Default.ReceiptPage
        );
    }
}
