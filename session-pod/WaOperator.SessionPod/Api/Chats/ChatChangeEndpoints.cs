using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Sessions;
using WaOperator.SessionPod.Transports;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;

namespace WaOperator.SessionPod.Api.Chats;

/// <summary>How chats and messages are shown on all devices of the account: what a person does with them there.</summary>
/// <param name="commands">Tells WhatsApp's server.</param>
/// <param name="bodies">Counts the bodies that are read.</param>
/// <param name="time">The clock.</param>
internal sealed class ChatChangeEndpoints(Commands commands, BodyShares bodies, TimeProvider time)
{
    /// <summary>Maps the paths below that of a session.</summary>
    public void Map(RouteGroupBuilder session)
    {
        session
            .MapPatch("/chats/{id}", ChangeAsync)
            .Requiring(ApiScopes.ChatsWrite)
            .WithName("changeChat")
            .WithSummary("Archive, pin or mute a chat, or mark it as unread")
            .WithDescription(
                "The account's phone and its other devices show it, the others in the chat hear nothing. What is asked for is done one after the other: archived, pinned, muted, unread; a refusal leaves what was done before it. 503 awaiting-phone: the phone has not shared the keys yet, as soon after linking; try again. To let senders know that their messages were read: POST .../read."
            )
            .Accepts<ChatChange>("application/json")
            .Produces(204)
            .Changes();
        session
            .MapPut("/messages/{id}/star", StarAsync)
            .Requiring(ApiScopes.ChatsWrite)
            .WithName("starMessage")
            .WithSummary("Star a message, on all devices of the account")
            .WithDescription(
                "A message that was sent or received within the retention. The others in the chat hear nothing."
            )
            .Produces(204)
            .Changes();
        session
            .MapDelete("/messages/{id}/star", UnstarAsync)
            .Requiring(ApiScopes.ChatsWrite)
            .WithName("unstarMessage")
            .WithSummary("Take the star of a message away")
            .Produces(204)
            .Changes();
    }

    private async Task<IResult> ChangeAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    )
    {
        var wrong = new Faults();
        if (Addresses.Chat(id, "#/id", wrong) is not { } given)
            return wrong.Problem!;
        var body = await TypedBody.ReadAsync(
            http,
            bodies,
            ChatJson.Default.ChatChange,
            (request, faults) => ChatRequests.Shown(request, time.GetUtcNow(), faults)
        );
        if (body.Refusal is { } refusal)
            return refusal;
        var flags = body.Asked;
        var (tenure, session) = http.OpenedSession();
        var chat = await AddressedChat.FindAsync(http, given);
        // What is archived or marked are the messages until the last one.
        var last = flags is { Archived: null, Unread: null }
            ? null
            : await chat.LastMessageAsync(http);
        return await commands.ChangeAsync(
            http,
            async (social, ct) =>
            {
                var done = ChatFlags.None;
                try
                {
                    foreach (var (step, run) in Steps(social, chat.Address, flags, last))
                    {
                        await run(ct);
                        done = done.Then(step);
                    }
                }
                finally
                {
                    // WhatsApp knows it now, and tells the account's other devices alone.
                    if (done != ChatFlags.None)
                        await tenure.Chats.ShowAsync(
                            session.Wanted.TenantId,
                            new(session.Id, session.State.Epoch),
                            chat.Address,
                            done
                        );
                }
                return Results.NoContent();
            }
        );
    }

    private static IEnumerable<(ChatFlags Step, Func<CancellationToken, Task> Run)> Steps(
        ISocialTransport social,
        Jid chat,
        ChatFlags flags,
        (MessageReference, DateTimeOffset)? last
    )
    {
        if (flags.Archived is { } archived)
            yield return (
                new() { Archived = archived, Pinned = archived ? false : null },
                ct => social.ArchiveChatAsync(chat, archived, last, ct)
            );
        if (flags is { Pinned: { } pinned, Archived: not true })
            yield return (new() { Pinned = pinned }, ct => social.PinChatAsync(chat, pinned, ct));
        if (flags.Muted is { } muted)
            yield return (
                new() { Muted = muted, MutedUntil = flags.MutedUntil },
                ct =>
                    social.MuteChatAsync(
                        chat,
                        muted ? flags.MutedUntil ?? DateTimeOffset.MaxValue : null,
                        ct
                    )
            );
        if (flags.Unread is { } unread)
            yield return (
                new() { Unread = unread },
                ct => social.MarkChatUnreadAsync(chat, unread, last, ct)
            );
    }

    private Task<IResult> StarAsync(HttpContext http, string @namespace, string name, string id) =>
        SetStarAsync(http, id, starred: true);

    private Task<IResult> UnstarAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    ) => SetStarAsync(http, id, starred: false);

    private Task<IResult> SetStarAsync(HttpContext http, string id, bool starred) =>
        commands.ChangeMessageAsync(
            http,
            id,
            (social, message, ct) => social.StarMessageAsync(message, starred, ct)
        );
}
