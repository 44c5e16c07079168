using WaOperator.SessionPod.Chats;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Messages;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Webhooks;

/// <summary>
/// What names the chats of events. The journal says it of messages; of receipts, changes of groups and calls it is found here, so that they
/// stay behind the messages that they are about.
/// </summary>
/// <param name="keyring">Makes names.</param>
/// <param name="addresses">What sessions have learnt of accounts' addresses.</param>
internal sealed class EventChats(Keyring keyring, AddressBook addresses)
{
    /// <summary>The names of the chats of some events.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="events">What happened, and what the journal says of its chat.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>In the order of the events; null: it is of no chat.</returns>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public async ValueTask<long?[]> FindAsync(
        long tenant,
        long session,
        IReadOnlyList<(SessionEvent Event, long? Chat)> events,
        CancellationToken ct
    )
    {
        var names = new long?[events.Count];
        List<(int Index, Jid Chat, Jid? Other)>? left = null;
        for (var i = 0; i < names.Length; i++)
        {
            var (e, chat) = events[i];
            names[i] = chat;
            if (
                chat is null
                && Jid.TryParse(EventNames.ChatOf(e), out var of)
                && ChatNaming.IsChat(of)
            )
                (left ??= []).Add((i, of, OtherOf(e)));
        }
        if (left is null)
            return names;
        var learnt = await addresses.OthersAsync(
            tenant,
            session,
            left.Where(l => l.Chat.IsLid && l.Other is null).Select(l => l.Chat.Account),
            ct
        );
        foreach (var (index, chat, other) in left)
            names[index] = ChatNaming
                .Of(
                    keyring,
                    session,
                    ChatNaming.Known(
                        chat,
                        other ?? (learnt.TryGetValue(chat.Account, out var known) ? known : null)
                    )
                )
                .Prefix;
        return names;
    }

    private static Jid? OtherOf(SessionEvent e) =>
        e switch
        {
            MessageUndecryptable m => m.Head.ChatOther,
            CallOffered call => call.FromOther,
            CallEnded call => call.FromOther,
            IdentityChanged identity => identity.Other,
            _ => null,
        };
}
