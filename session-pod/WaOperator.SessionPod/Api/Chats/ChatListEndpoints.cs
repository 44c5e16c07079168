using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;

namespace WaOperator.SessionPod.Api.Chats;

/// <summary>The chats of a session, as far as it has seen messages of them.</summary>
internal static class ChatListEndpoints
{
    /// <summary>Maps the paths below that of a session.</summary>
    public static void Map(IEndpointRouteBuilder session)
    {
        session
            .MapGet("/chats", ListAsync)
            .Requiring(ApiScopes.ChatsRead)
            .WithName("listChats")
            .WithSummary("List the chats, the one with the last message first")
            .WithDescription(
                """
                Chats that had a message since the session ran with version 0025 of the schema. ?limit= (1 to 100, default 50) bounds the page, ?after= continues with the "next" of another page; a chat that gets a message meanwhile moves to the front. Messages of a chat: GET .../messages?chat=ID.
                """
            )
            .Produces<ChatPage>()
            .Produces<Problem>(400, ProblemAnswer.MediaType);
        session
            .MapGet("/chats/{id}", FindAsync)
            .Requiring(ApiScopes.ChatsRead)
            .WithName("getChat")
            .WithSummary("Get a chat by a phone number or an address of it")
            .Produces<ChatAnswer>()
            .Produces<Problem>(400, ProblemAnswer.MediaType)
            .Produces<Problem>(404, ProblemAnswer.MediaType);
    }

    private static async Task<IResult> ListAsync(HttpContext http, string @namespace, string name)
    {
        var (tenure, session) = http.OpenedSession();
        var (query, wrong) = PageQuery.ReadChats(http.Request.Query);
        if (query is null)
            return wrong!;
        var (page, next) = await tenure.Chats.ListAsync(
            session.Wanted.TenantId,
            session.Id,
            query.AfterChat,
            query.Limit,
            http.RequestAborted
        );
        return Results.Json(
            new ChatPage(
                [.. page.Select(ChatAnswer.Of)],
                Paging.Link(http, next is null ? null : PageQuery.TextOf(next))
            ),
            ChatListJson.Default.ChatPage
        );
    }

    private static async Task<IResult> FindAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    )
    {
        var (tenure, session) = http.OpenedSession();
        var faults = new Faults();
        if (Addresses.Chat(id, "#/id", faults) is not { } chat)
            return faults.Problem!;
        var found = await tenure.Chats.FindAsync(
            session.Wanted.TenantId,
            session.Id,
            chat,
            http.RequestAborted
        );
        return found is null
            ? Problems.NoChat(@namespace, name)
            : Results.Json(ChatAnswer.Of(found), ChatListJson.Default.ChatAnswer);
    }
}
