using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;

namespace WaOperator.SessionPod.Api.Chats;

/// <summary>What is deleted for the account alone, on all its devices: the others in a chat keep theirs.</summary>
/// <param name="commands">Tells WhatsApp's server.</param>
/// <param name="time">The clock.</param>
internal sealed class ChatRemovalEndpoints(Commands commands, TimeProvider time)
{
    private const string Kept =
        "The others in the chat hear nothing and keep theirs. What the API itself has of the messages stays readable until its retention ends.";

    /// <summary>Maps the paths below that of a session.</summary>
    public void Map(RouteGroupBuilder session)
    {
        session
            .MapDelete("/chats/{id}", DeleteAsync)
            .Requiring(ApiScopes.ChatsWrite)
            .WithName("deleteChat")
            .WithSummary("Delete a chat, on all devices of the account")
            .WithDescription(
                $"It is listed no longer, and comes back with its next message. A group is not left by it. {Kept}"
            )
            .Produces(204)
            .Changes();
        session
            .MapPost("/chats/{id}/clear", ClearAsync)
            .Requiring(ApiScopes.ChatsWrite)
            .WithName("clearChat")
            .WithSummary("Delete the messages of a chat, on all devices of the account")
            .WithDescription(
                $"All until the last one that is known, starred ones too. The chat stays. {Kept}"
            )
            .Produces(204)
            .Changes();
        session
            .MapPost("/messages/{id}/delete-for-me", DeleteForMeAsync)
            .Requiring(ApiScopes.ChatsWrite)
            .WithName("deleteMessageForMe")
            .WithSummary("Delete a message for the account alone, on all its devices")
            .WithDescription(
                $"A message that was sent or received within the retention. {Kept} To delete one for all in the chat: POST .../messages with \"delete\"."
            )
            .Produces(204)
            .Changes();
    }

    private async Task<IResult> DeleteAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    )
    {
        var wrong = new Faults();
        if (Addresses.Chat(id, "#/id", wrong) is not { } given)
            return wrong.Problem!;
        var (tenure, session) = http.OpenedSession();
        var chat = await AddressedChat.FindAsync(http, given);
        var last = await chat.LastMessageAsync(http);
        return await commands.ChangeAsync(
            http,
            async (social, ct) =>
            {
                await social.DeleteChatAsync(chat.Address, last, ct);
                // WhatsApp tells the account's other devices alone.
                await tenure.Chats.RemoveAsync(
                    session.Wanted.TenantId,
                    new(session.Id, session.State.Epoch),
                    chat.Address,
                    chat.Known?.At ?? time.GetUtcNow()
                );
                return Results.NoContent();
            }
        );
    }

    private async Task<IResult> ClearAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    )
    {
        var wrong = new Faults();
        if (Addresses.Chat(id, "#/id", wrong) is not { } given)
            return wrong.Problem!;
        var chat = await AddressedChat.FindAsync(http, given);
        var last = await chat.LastMessageAsync(http);
        return await commands.ChangeAsync(
            http,
            async (social, ct) =>
            {
                await social.ClearChatAsync(chat.Address, last, ct);
                return Results.NoContent();
            }
        );
    }

    private Task<IResult> DeleteForMeAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    ) =>
        commands.ChangeMessageAsync(
            http,
            id,
            (social, message, ct) => social.DeleteForMeAsync(message, null, ct)
        );
}
