using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Events;

namespace WaOperator.WhatsApp.Syncing;

/// <summary>From mutations to the events that are told of them. Pure.</summary>
internal static class StateEvents
{
    /// <summary>Chats of a snapshot whose flags are given to the store.</summary>
    private const int MostShown = 10_000;

    /// <summary>What a patch changed: of a chat one event, in the order of the first changes.</summary>
    public static IReadOnlyCollection<SessionEvent> Of(IReadOnlyList<Mutation> mutations)
    {
        var events = new List<SessionEvent>();
        var chats = new Dictionary<Jid, int>();
        foreach (var mutation in mutations)
        {
            if (ActionReader.Read(mutation) is not { } change)
                continue;
            var at = SecondsOf(mutation);
            if (Of(change, at) is { } told)
            {
                events.Add(told);
                continue;
            }
            if (ChatOf(change) is not { } chat)
                continue;
            if (!chats.TryGetValue(chat, out var place))
            {
                place = chats[chat] = events.Count;
                events.Add(new ChatChanged { Chat = chat });
            }
            events[place] = With((ChatChanged)events[place], change) with { Timestamp = at };
        }
        return events;
    }

    /// <summary>What a snapshot holds.</summary>
    public static AppStateSynced Of(string collection, Applied snapshot)
    {
        var (chats, contacts, labels) = (0, 0, 0);
        var shown = new Dictionary<Jid, ChatChanged>();
        foreach (var mutation in snapshot.Mutations)
        {
            var change = ActionReader.Read(mutation);
            switch (change)
            {
                case AccountChange.Contact:
                    contacts++;
                    break;
                case AccountChange.Label or AccountChange.Labeled:
                    labels++;
                    break;
                case not null when ChatOf(change) is { } chat:
                    chats++;
                    // What was deleted once may have come back since.
                    if (change is not (AccountChange.Clear or AccountChange.Delete))
                        shown[chat] = With(
                            shown.GetValueOrDefault(chat) ?? new() { Chat = chat },
                            change
                        ) with
                        {
                            Timestamp = Math.Max(
                                SecondsOf(mutation),
                                shown.GetValueOrDefault(chat)?.Timestamp ?? 0
                            ),
                        };
                    break;
            }
        }
        return new()
        {
            Collection = collection,
            Version = (long)snapshot.State.Version,
            Records = snapshot.Mutations.Count,
            Chats = chats,
            Contacts = contacts,
            Labels = labels,
            Shown = [.. shown.Values.OrderByDescending(c => c.Timestamp).Take(MostShown)],
        };
    }

    private static long SecondsOf(Mutation mutation) =>
        Math.Max(0, mutation.Value.Timestamp / 1000);

    private static SessionEvent? Of(AccountChange change, long at) =>
        change switch
        {
            AccountChange.Star s => Marked(s.Message, at) with { Starred = s.Starred },
            AccountChange.DeleteForMe d => Marked(d.Message, at) with { Deleted = true },
            AccountChange.Contact c => new ContactChanged
            {
                Contact = c.Who,
                Lid = c.Lid,
                FullName = c.FullName,
                FirstName = c.FirstName,
                Timestamp = at,
            },
            AccountChange.ContactRemoved c => new ContactChanged
            {
                Contact = c.Who,
                Removed = true,
                Timestamp = at,
            },
            AccountChange.Label l => new LabelChanged
            {
                Id = l.Id,
                Name = l.Name,
                Color = l.Deleted ? null : l.Color,
                Deleted = l.Deleted,
                Timestamp = at,
            },
            AccountChange.Labeled l => new LabelChanged
            {
                Id = l.Id,
                Chat = l.Chat,
                MessageId = l.MessageId,
                On = l.On,
                Timestamp = at,
            },
            AccountChange.QuickReply q => new QuickReplyChanged
            {
                Id = q.Id,
                Shortcut = q.Deleted ? null : q.Shortcut,
                Text = q.Deleted ? null : q.Text,
                Deleted = q.Deleted,
                Timestamp = at,
            },
            _ => null,
        };

    private static MessageMarked Marked(MarkedMessage message, long at) =>
        new()
        {
            Chat = message.Chat,
            Id = message.Id,
            FromMe = message.FromMe,
            Sender = message.Sender,
            Timestamp = at,
        };

    private static Jid? ChatOf(AccountChange change) =>
        change switch
        {
            AccountChange.Mute m => m.Chat,
            AccountChange.Pin p => p.Chat,
            AccountChange.Archive a => a.Chat,
            AccountChange.MarkRead r => r.Chat,
            AccountChange.Clear c => c.Chat,
            AccountChange.Delete d => d.Chat,
            _ => null,
        };

    private static ChatChanged With(ChatChanged chat, AccountChange change) =>
        change switch
        {
            AccountChange.Mute m => chat with
            {
                Muted = m.Until is not null,
                MutedUntil =
                    m.Until is { } until && until != AccountChange.Forever
                        ? until.ToUnixTimeMilliseconds()
                        : null,
            },
            AccountChange.Pin p => chat with { Pinned = p.Pinned },
            AccountChange.Archive a => chat with { Archived = a.Archived },
            AccountChange.MarkRead r => chat with { Unread = !r.Read },
            AccountChange.Clear => chat with { Cleared = true },
            AccountChange.Delete => chat with { Deleted = true },
            _ => chat,
        };
}
