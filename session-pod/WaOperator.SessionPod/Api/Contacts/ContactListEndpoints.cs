using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;

namespace WaOperator.SessionPod.Api.Contacts;

/// <summary>The accounts that a session has had messages of.</summary>
internal static class ContactListEndpoints
{
    /// <summary>Maps the path below that of a session.</summary>
    public static void Map(IEndpointRouteBuilder session) =>
        session
            .MapGet("/contacts", ListAsync)
            .Requiring(ApiScopes.ContactsRead)
            .WithName("listContacts")
            .WithSummary("List the accounts that messages have told names and addresses of")
            .WithDescription(
                """
                Accounts that wrote to the account or in its groups since the session ran with version 0025 of the schema, about 20,000 at most, in an order of their own; not the phone's address book. ?limit= (1 to 100, default 50) bounds the page, ?after= continues with the "next" of another page.
                """
            )
            .Produces<ContactPage>()
            .Produces<Problem>(400, ProblemAnswer.MediaType);

    private static async Task<IResult> ListAsync(HttpContext http, string @namespace, string name)
    {
        var (tenure, session) = http.OpenedSession();
        var (query, wrong) = PageQuery.Read(http.Request.Query);
        if (query is null)
            return wrong!;
        var (page, next) = await tenure.Chats.ListContactsAsync(
            session.Wanted.TenantId,
            session.Id,
            query.AfterName,
            query.Limit,
            http.RequestAborted
        );
        return Results.Json(
            new ContactPage(
                [
                    .. page.Select(c => new ContactAnswer(
                        c.Address.ToString(),
                        Addresses.Phone(c.Phone),
                        Addresses.Lid(c.Lid),
                        c.Name
                    )),
                ],
                Paging.Link(http, next is { } at ? PageQuery.TextOf(at) : null)
            ),
            ContactJson.Default.ContactPage
        );
    }
}
