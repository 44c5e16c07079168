using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;

namespace WaOperator.SessionPod.Api.Calls;

/// <summary>Calls that ring.</summary>
/// <param name="commands">Tells WhatsApp's server.</param>
internal sealed class CallEndpoints(Commands commands)
{
    /// <summary>Maps the path below that of a session.</summary>
    public void Map(RouteGroupBuilder session) =>
        session
            .MapPost("/calls/{id}/reject", RejectAsync)
            .Requiring(ApiScopes.ChatsWrite)
            .WithName("rejectCall")
            .WithSummary("Reject a call that rings")
            .WithDescription(
                "The id is that of the event call.offered. call.ended follows, with the reason rejected. Known are the last 64 calls that came over the session's present connection and have not ended: for others it is 404, and nothing was done."
            )
            .Produces(204)
            .Changes();

    private Task<IResult> RejectAsync(
        HttpContext http,
        string @namespace,
        string name,
        string id
    ) =>
        commands.ChangeAsync(
            http,
            async (social, ct) =>
                await social.RejectCallAsync(id, ct)
                    ? Results.NoContent()
                    : Problems.UnknownCall(id)
        );
}
