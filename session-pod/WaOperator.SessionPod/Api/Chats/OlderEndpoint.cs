using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Chats;

namespace WaOperator.SessionPod.Api.Chats;

/// <summary>Asks the phone for messages that are older than what is known of a chat.</summary>
/// <param name="commands">Asks the phone.</param>
/// <param name="bodies">Counts the bodies that are read.</param>
internal sealed class OlderEndpoint(Commands commands, BodyShares bodies)
{
    /// <summary>Maps the path below that of a session.</summary>
    public void Map(RouteGroupBuilder session) =>
        session
            .MapPost("/chats/{id}/history", AskAsync)
            .Requiring(ApiScopes.ChatsWrite)
            .WithName("requestHistory")
            .WithSummary("Ask the phone for older messages of a chat")
            .WithDescription(
                "The phone answers when it is on: an event history.synced with the answer's request says that what it gave is stored, and GET .../messages of the chat then lists it, as far as the retention goes back. The session must take history: spec.history Recent or Full when it was linked. 503 phone-without-keys: nothing can be said to the phone now; try again."
            )
            .Accepts<OlderRequest>("application/json")
            .Produces<OlderAnswer>(202)
            .Changes();

    private async Task<IResult> AskAsync(
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
            ChatJson.Default.OlderRequest,
            ChatRequests.Older
        );
        if (body.Refusal is { } refusal)
            return refusal;
        var (before, count) = body.Asked;
        var (tenure, session) = http.OpenedSession();
        var found = await tenure.References.FindDatedAsync(session, before, http.RequestAborted);
        var addresses = await tenure.Chats.AddressesAsync(
            session.Wanted.TenantId,
            session.Id,
            given
        );
        if (
            found is not var (message, at)
            || !addresses.Any(address => ChatNames.Same(address, message.Chat))
        )
            return Problems.NotInChat("#/before", before);
        try
        {
            return await commands.ChangeAsync(
                http,
                async (social, ct) =>
                    await social.RequestHistoryAsync(message, at, count, ct) is { } request
                        ? Results.Json(
                            new OlderAnswer { Request = request },
                            ChatJson.Default.OlderAnswer,
                            statusCode: StatusCodes.Status202Accepted
                        )
                        : Problems.PhoneWithoutKeys(@namespace, name)
            );
        }
        catch (NotSupportedException)
        {
            return Problems.NoHistory(@namespace, name);
        }
    }
}
