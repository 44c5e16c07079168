using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;

namespace WaOperator.SessionPod.Api.Chats;

/// <summary>Read, typing, presence, profile: what others see beside messages.</summary>
/// <param name="commands">Tells WhatsApp's server.</param>
/// <param name="bodies">Counts the bodies that are read.</param>
internal sealed class ChatEndpoints(Commands commands, BodyShares bodies)
{
    /// <summary>Maps the paths below that of a session.</summary>
    public void Map(RouteGroupBuilder session)
    {
        session
            .MapPost("/read", ReadAsync)
            .Requiring(ApiScopes.ChatsWrite)
            .WithName("markRead")
            .WithSummary(
                "Let the sender of messages, and the account's own phone, know that they were read"
            )
            .Accepts<ReadRequest>("application/json")
            .Produces(204)
            .Changes();
        session
            .MapPost("/typing", TypingAsync)
            .Requiring(ApiScopes.PresenceWrite)
            .WithName("showTyping")
            .WithSummary("Show a chat that the account is typing, is recording, or has stopped")
            .Accepts<TypingRequest>("application/json")
            .Produces(204)
            .Changes();
        session
            .MapPost("/presence", PresenceAsync)
            .Requiring(ApiScopes.PresenceWrite)
            .WithName("setPresence")
            .WithSummary("Show the account as online or not, until the connection ends")
            .Accepts<PresenceRequest>("application/json")
            .Produces(204)
            .Changes();
        session
            .MapPost("/presence/subscribe", SubscribeAsync)
            .Requiring(ApiScopes.PresenceWrite)
            .WithName("subscribePresence")
            .WithSummary("Hear when others come and go, until the connection ends")
            .WithDescription(
                "Streams show it as presence.changed to those who read at that moment; it is stored nowhere. WhatsApp tells it only while the account itself is shown as online (presence), and only of those who let it see. A connection that ends, and a move to another pod, end it, too: ask again every few minutes for as long as it is of interest."
            )
            .Accepts<SubscribeRequest>("application/json")
            .Produces(204)
            .Changes();
        session
            .MapPatch("/profile", ProfileAsync)
            .Requiring(ApiScopes.ProfileWrite)
            .WithName("changeProfile")
            .WithSummary("Change the account's name, and what it says about itself")
            .WithDescription(
                "The About text is changed first: a refusal of it leaves the name as it was. The name is told to those who are written to from now on. The phone and the account's other devices show it where the phone has shared its keys, which it does soon after linking; what was set before that they do not learn."
            )
            .Accepts<ProfileRequest>("application/json")
            .Produces(204)
            .Changes();
    }

    private async Task<IResult> ReadAsync(HttpContext http, string @namespace, string name)
    {
        var body = await TypedBody.ReadAsync(
            http,
            bodies,
            ChatJson.Default.ReadRequest,
            ChatRequests.Read
        );
        if (body.Refusal is { } wrong)
            return wrong;
        var (tenure, session) = http.OpenedSession();
        var read = body.Asked;
        if (read.Chat is null)
        {
            var (place, unknown) = await tenure.References.ReceivedAsync(
                session,
                "#/messages/0",
                read.Ids[0],
                http.RequestAborted
            );
            if (place is null)
                return unknown!;
            read = read with { Chat = place.Chat, Sender = place.Sender };
        }
        var chat = read.Chat.Value;
        return await commands.ChangeAsync(
            http,
            async (social, ct) =>
            {
                await social.MarkReadAsync(chat, read.Sender, read.Ids, body.Request.Played, ct);
                // WhatsApp knows it now, and tells the account's other devices alone. If this does not become durable, the next one does.
                await tenure.Chats.MarkReadAsync(
                    session.Wanted.TenantId,
                    new(session.Id, session.State.Epoch),
                    chat
                );
                return Results.NoContent();
            }
        );
    }

    private async Task<IResult> TypingAsync(HttpContext http, string @namespace, string name)
    {
        var body = await TypedBody.ReadAsync(
            http,
            bodies,
            ChatJson.Default.TypingRequest,
            ChatRequests.Typing
        );
        if (body.Refusal is { } wrong)
            return wrong;
        var asked = body.Asked;
        if (asked.Message is { } message)
        {
            var (tenure, session) = http.OpenedSession();
            var (place, unknown) = await tenure.References.ReceivedAsync(
                session,
                "#/message",
                message,
                http.RequestAborted
            );
            if (place is null)
                return unknown!;
            asked = asked with { Chat = place.Chat };
        }
        return await commands.ChangeAsync(
            http,
            async (social, ct) =>
            {
                await social.SendChatStateAsync(asked.Chat!.Value, asked.State, ct);
                return Results.NoContent();
            }
        );
    }

    private async Task<IResult> PresenceAsync(HttpContext http, string @namespace, string name)
    {
        var body = await TypedBody.ReadAsync(http, bodies, ChatJson.Default.PresenceRequest);
        if (body.Value is not { } request)
            return body.Refusal!;
        if (request.Available is not { } available)
            return Problems.BadFields([new("#/available", "it must be true or false")]);
        return await commands.ChangeAsync(
            http,
            async (social, ct) =>
            {
                await social.SetPresenceAsync(available, ct);
                return Results.NoContent();
            }
        );
    }

    private async Task<IResult> SubscribeAsync(HttpContext http, string @namespace, string name)
    {
        var body = await TypedBody.ReadAsync(
            http,
            bodies,
            ChatJson.Default.SubscribeRequest,
            ChatRequests.Watched
        );
        if (body.Refusal is { } wrong)
            return wrong;
        var watched = body.Asked;
        return await commands.ChangeAsync(
            http,
            async (social, ct) =>
            {
                foreach (var account in watched)
                    await social.SubscribePresenceAsync(account, ct);
                return Results.NoContent();
            }
        );
    }

    private async Task<IResult> ProfileAsync(HttpContext http, string @namespace, string name)
    {
        var body = await TypedBody.ReadAsync(
            http,
            bodies,
            ChatJson.Default.ProfileRequest,
            ChatRequests.Profile
        );
        if (body.Refusal is { } wrong)
            return wrong;
        var (shown, about) = body.Asked;
        return await commands.ChangeAsync(
            http,
            async (social, ct) =>
            {
                if (about is not null)
                    await social.SetAboutAsync(about, ct);
                if (shown is not null)
                    await social.SetProfileNameAsync(shown, ct);
                return Results.NoContent();
            }
        );
    }
}
