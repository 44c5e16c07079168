using WaOperator.SessionPod.Chats;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Keys;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Messages;

/// <summary>Finds messages of sessions' journals, and of the time before they were linked, by their ids.</summary>
/// <param name="context">What all sessions share.</param>
/// <param name="past">Messages from before.</param>
internal sealed class MessageFinder(MessageContext context, ChatHistory past)
{
    /// <summary>Messages that can share an id: each sender chooses those of his own.</summary>
    private const int Most = 8;

    /// <summary>Messages that were received, or sent by other devices of the account, newest first.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="id">Their id.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public async Task<IReadOnlyList<MessageReceived>> FindAsync(
        long tenant,
        long session,
        string id,
        CancellationToken ct
    )
    {
        var rows = await context.Stored.FindMessagesAsync(
            session,
            EventRows.NameOf(context.Keyring, session, id),
            Most,
            ct
        );
        var found = new List<MessageReceived>();
        using var ciphers = new AtRestCiphers(context.Keyring, tenant, session);
        foreach (var row in rows)
            if (
                (await EventRows.OpenAsync(ciphers, row, ct)).Event is MessageReceived message
                && message.Head.Id == id
            )
                found.Add(message);
        if (found.Count > 0)
            return found;
        var name = EventRows.NameOf(context.Keyring, session, id);
        foreach (var stored in await past.FindPastAsync(session, name, Most, ct))
            if (
                await PastBoxes.TryOpenAsync(ciphers, stored.Row, ct) is { } message
                && message.Head.Id == id
            )
                found.Add(message);
        return found;
    }
}
