using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.AppState;

/// <summary>From what a person does to mutations, as official clients write them. Pure.</summary>
internal static class ActionWriter
{
    private const string NoOne = "0";

    /// <summary>The collection that an action stands in, and what is written there.</summary>
    /// <param name="change">What is done.</param>
    /// <param name="at">When.</param>
    /// <param name="last">The last message of the chat: <see cref="AccountChange.Archive"/>, <see cref="AccountChange.MarkRead"/>, <see cref="AccountChange.Clear"/> and <see cref="AccountChange.Delete"/> are about the messages until then. Null: none.</param>
    public static (string Collection, IReadOnlyList<AppStateChange> Changes) Write(
        AccountChange change,
        DateTimeOffset at,
        LastMessage? last = null
    )
    {
        var (collection, changes) = change switch
        {
            AccountChange.Mute m => One(
                Collections.RegularHigh,
                2,
                ["mute", m.Chat.ToString()],
                new() { MuteAction = Mute(m.Until) }
            ),
            AccountChange.Pin p => One(
                Collections.RegularLow,
                5,
                ["pin_v1", p.Chat.ToString()],
                new() { PinAction = new() { Pinned = p.Pinned } }
            ),
            AccountChange.Archive a => Archive(a, last),
            AccountChange.MarkRead r => One(
                Collections.RegularLow,
                3,
                ["markChatAsRead", r.Chat.ToString()],
                new()
                {
                    MarkChatAsReadAction = new() { Read = r.Read, MessageRange = Range(last) },
                }
            ),
            AccountChange.Clear c => One(
                Collections.RegularHigh,
                6,
                ["clearChat", c.Chat.ToString(), "1", "0"],
                new() { ClearChatAction = new() { MessageRange = Range(last) } }
            ),
            AccountChange.Delete d => One(
                Collections.RegularHigh,
                6,
                ["deleteChat", d.Chat.ToString(), "1"],
                new() { DeleteChatAction = new() { MessageRange = Range(last) } }
            ),
            AccountChange.Star s => One(
                Collections.RegularHigh,
                2,
                ["star", .. Message(s.Message)],
                new() { StarAction = new() { Starred = s.Starred } }
            ),
            AccountChange.DeleteForMe d => One(
                Collections.RegularHigh,
                3,
                ["deleteMessageForMe", .. Message(d.Message)],
                new() { DeleteMessageForMeAction = DeleteForMe(d) }
            ),
            AccountChange.Contact c => One(
                Collections.CriticalUnblockLow,
                2,
                ["contact", c.Who.ToString()],
                new() { ContactAction = Contact(c) }
            ),
            AccountChange.ContactRemoved c => One(
                Collections.CriticalUnblockLow,
                2,
                ["contact", c.Who.ToString()],
                new() { ContactAction = new() },
                AppStateOperation.Remove
            ),
            AccountChange.PushName n => One(
                Collections.CriticalBlock,
                1,
                ["setting_pushName"],
                new() { PushNameSetting = new() { Name = n.Name } }
            ),
            AccountChange.Label l => One(
                Collections.Regular,
                3,
                ["label_edit", l.Id],
                new()
                {
                    LabelEditAction = new()
                    {
                        Name = l.Name ?? "",
                        Color = l.Color,
                        Deleted = l.Deleted,
                    },
                }
            ),
            AccountChange.Labeled l => One(
                Collections.Regular,
                3,
                l.MessageId is { } id
                    ? ["label_message", l.Id, l.Chat.ToString(), id, NoOne, NoOne]
                    : ["label_jid", l.Id, l.Chat.ToString()],
                new() { LabelAssociationAction = new() { Labeled = l.On } }
            ),
            AccountChange.QuickReply q => One(
                Collections.Regular,
                2,
                ["quick_reply", q.Id],
                new()
                {
                    QuickReplyAction = new()
                    {
                        Shortcut = q.Shortcut ?? "",
                        Message = q.Text ?? "",
                        Count = 0,
                        Deleted = q.Deleted,
                    },
                }
            ),
            _ => throw new ArgumentException(
                $"A change of the kind {change.GetType().Name} is not written.",
                nameof(change)
            ),
        };
        foreach (var written in changes)
            written.Value.Timestamp = at.ToUnixTimeMilliseconds();
        return (collection, changes);
    }

    /// <summary>An archived chat is pinned no longer.</summary>
    private static (string, AppStateChange[]) Archive(
        AccountChange.Archive archive,
        LastMessage? last
    )
    {
        var (collection, changes) = One(
            Collections.RegularLow,
            3,
            ["archive", archive.Chat.ToString()],
            new()
            {
                ArchiveChatAction = new()
                {
                    Archived = archive.Archived,
                    MessageRange = Range(last),
                },
            }
        );
        if (!archive.Archived)
            return (collection, changes);
        var (_, unpinned) = One(
            Collections.RegularLow,
            5,
            ["pin_v1", archive.Chat.ToString()],
            new() { PinAction = new() { Pinned = false } }
        );
        return (collection, [.. changes, .. unpinned]);
    }

    private static SyncActionValue.Types.MuteAction Mute(DateTimeOffset? until)
    {
        const long Forever = -1;
        var action = new SyncActionValue.Types.MuteAction { Muted = until is not null };
        if (until is { } end)
            action.MuteEndTimestamp =
                end == AccountChange.Forever ? Forever : end.ToUnixTimeMilliseconds();
        return action;
    }

    private static SyncActionValue.Types.DeleteMessageForMeAction DeleteForMe(
        AccountChange.DeleteForMe change
    )
    {
        var action = new SyncActionValue.Types.DeleteMessageForMeAction
        {
            DeleteMedia = change.WithMedia,
        };
        if (change.SentAt is { } sent)
            action.MessageTimestamp = sent.ToUnixTimeSeconds();
        return action;
    }

    private static SyncActionValue.Types.ContactAction Contact(AccountChange.Contact contact)
    {
        var action = new SyncActionValue.Types.ContactAction();
        if (contact.FullName is { } full)
            action.FullName = full;
        if (contact.FirstName is { } first)
            action.FirstName = first;
        if (contact.Lid is { } lid)
            action.LidJid = lid.ToString();
        return action;
    }

    private static IEnumerable<string> Message(MarkedMessage message) =>
        [
            message.Chat.ToString(),
            message.Id,
            message.FromMe ? "1" : "0",
            message.Sender?.ToString() ?? NoOne,
        ];

    private static SyncActionValue.Types.MessageRange Range(LastMessage? last)
    {
        var range = new SyncActionValue.Types.MessageRange();
        if (last is null)
            return range;
        range.LastMessageTimestamp = last.At.ToUnixTimeSeconds();
        var key = new MessageKey
        {
            RemoteJid = last.Message.Chat.ToString(),
            FromMe = last.Message.FromMe,
            Id = last.Message.Id,
        };
        if (last.Message.Sender is { } sender)
            key.Participant = sender.ToString();
        range.Messages.Add(
            new SyncActionValue.Types.RangeMessage
            {
                Key = key,
                Timestamp = range.LastMessageTimestamp,
            }
        );
        return range;
    }

    private static (string, AppStateChange[]) One(
        string collection,
        int version,
        string[] index,
        SyncActionValue value,
        AppStateOperation operation = AppStateOperation.Set
    ) => (collection, [new(operation, index, value, version)]);
}

/// <summary>The last message of a chat that a device knows of.</summary>
internal sealed record LastMessage(MarkedMessage Message, DateTimeOffset At);
