using WaOperator.Api;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.SessionPod.Transports;
using WaOperator.WhatsApp.Content;

namespace WaOperator.SessionPod.Api.Chats;

/// <summary>What is done with one message on all devices of the account.</summary>
internal static class MessageChanges
{
    /// <summary>Finds a message that was sent or received, and changes it.</summary>
    /// <param name="commands">Tells WhatsApp's server.</param>
    /// <param name="http">The request, of an opened session.</param>
    /// <param name="id">The message.</param>
    /// <param name="change">What is done.</param>
    public static async Task<IResult> ChangeMessageAsync(
        this Commands commands,
        HttpContext http,
        string id,
        Func<ISocialTransport, MessageReference, CancellationToken, Task> change
    )
    {
        var (tenure, session) = http.OpenedSession();
        if (
            !ChatRequests.IsId(id)
            || await tenure.References.FindAsync(session, id, http.RequestAborted)
                is not { } message
        )
            return Problems.NoMessage(session.Wanted.Namespace, session.Wanted.Name, id);
        return await commands.ChangeAsync(
            http,
            async (social, ct) =>
            {
                await change(social, message, ct);
                return Results.NoContent();
            }
        );
    }
}
