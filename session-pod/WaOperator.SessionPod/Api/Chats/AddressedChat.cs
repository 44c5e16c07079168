using WaOperator.SessionPod.Chats;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;

namespace WaOperator.SessionPod.Api.Chats;

/// <summary>A chat that a request is about.</summary>
/// <param name="Address">Its address, as the phone knows it.</param>
/// <param name="Known">What is listed of it; null: nothing.</param>
internal sealed record AddressedChat(Jid Address, ListedChat? Known)
{
    /// <summary>Looks a chat up.</summary>
    /// <param name="http">The request, of an opened session.</param>
    /// <param name="given">Any address of it.</param>
    public static async Task<AddressedChat> FindAsync(HttpContext http, Jid given)
    {
        var (tenure, session) = http.OpenedSession();
        var known = await tenure.Chats.FindAsync(
            session.Wanted.TenantId,
            session.Id,
            given,
            http.RequestAborted
        );
        return new(known?.Box.Address.Account ?? given.Account, known);
    }

    /// <summary>Its last message and when it was sent: where changes end that are about its messages until then. Null: it is not known.</summary>
    public async Task<(MessageReference Message, DateTimeOffset At)?> LastMessageAsync(
        HttpContext http
    )
    {
        var (tenure, session) = http.OpenedSession();
        return
            Known is not null
            && await tenure.References.FindAsync(session, Known.Box.LastId, http.RequestAborted)
                is { } message
            ? (message with { Chat = Address }, Known.At)
            : null;
    }
}
