using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.AppState;

/// <summary>From mutations to what a person did. Pure and total.</summary>
internal static class ActionReader
{
    private const string NoOne = "0";

    /// <summary>Null: an action that is not known here, or one that lacks what it is about.</summary>
    public static AccountChange? Read(Mutation mutation)
    {
        var (value, on) = (mutation.Value, mutation.Operation == AppStateOperation.Set);
        // What is removed is as if it had never been set.
        return mutation.Index switch
        {
            ["mute", var chat] when Address(chat) is { } jid => new AccountChange.Mute(
                jid,
                on && value.MuteAction is { Muted: true } mute ? Until(mute) : null
            ),
            ["pin_v1", var chat] when Address(chat) is { } jid => new AccountChange.Pin(
                jid,
                on && value.PinAction is { Pinned: true }
            ),
            ["archive", var chat] when Address(chat) is { } jid => new AccountChange.Archive(
                jid,
                on && value.ArchiveChatAction is { Archived: true }
            ),
            ["markChatAsRead", var chat] when Address(chat) is { } jid && on =>
                new AccountChange.MarkRead(jid, value.MarkChatAsReadAction is { Read: true }),
            ["clearChat", var chat, ..] when Address(chat) is { } jid && on =>
                new AccountChange.Clear(jid),
            ["deleteChat", var chat, ..] when Address(chat) is { } jid && on =>
                new AccountChange.Delete(jid),
            ["star", ..] when Message(mutation.Index) is { } message => new AccountChange.Star(
                message,
                on && value.StarAction is { Starred: true }
            ),
            ["deleteMessageForMe", ..] when Message(mutation.Index) is { } message && on =>
                new AccountChange.DeleteForMe(
                    message,
                    SentAt(value.DeleteMessageForMeAction),
                    value.DeleteMessageForMeAction?.DeleteMedia == true
                ),
            ["contact", var who] when Address(who) is { } jid => on
                ? Contact(jid, value.ContactAction)
                : new AccountChange.ContactRemoved(jid),
            ["setting_pushName"] when on && value.PushNameSetting is { HasName: true } setting =>
                new AccountChange.PushName(setting.Name),
            ["label_edit", var id] => new AccountChange.Label(
                id,
                Given(value.LabelEditAction?.Name),
                value.LabelEditAction?.Color ?? 0,
                !on || value.LabelEditAction is { Deleted: true }
            ),
            ["label_jid", var id, var chat] when Address(chat) is { } jid =>
                new AccountChange.Labeled(id, jid, null, on && IsLabeled(value)),
            ["label_message", var id, var chat, var message, ..] when Address(chat) is { } jid =>
                new AccountChange.Labeled(id, jid, message, on && IsLabeled(value)),
            ["quick_reply", var id] => new AccountChange.QuickReply(
                id,
                Given(value.QuickReplyAction?.Shortcut),
                Given(value.QuickReplyAction?.Message),
                !on || value.QuickReplyAction is { Deleted: true }
            ),
            _ => null,
        };
    }

    private static bool IsLabeled(SyncActionValue value) =>
        value.LabelAssociationAction is { Labeled: true };

    private static AccountChange.Contact Contact(
        Jid who,
        SyncActionValue.Types.ContactAction? contact
    ) => new(who, Given(contact?.FullName), Given(contact?.FirstName), Address(contact?.LidJid));

    private static MarkedMessage? Message(IReadOnlyList<string> index) =>
        index is [_, var chat, { Length: > 0 } id, "0" or "1", var sender]
        && Address(chat) is { } jid
            ? new(jid, id, index[3] == "1", sender == NoOne ? null : Address(sender))
            : null;

    private static DateTimeOffset Until(SyncActionValue.Types.MuteAction mute) =>
        mute.MuteEndTimestamp <= 0
            ? AccountChange.Forever
            : Time(mute.MuteEndTimestamp) ?? AccountChange.Forever;

    private static DateTimeOffset? SentAt(SyncActionValue.Types.DeleteMessageForMeAction? action) =>
        action is { MessageTimestamp: > 0 and < long.MaxValue / 1000 } sent
            ? Time(sent.MessageTimestamp * 1000)
            : null;

    /// <summary>Null: a time that no calendar has.</summary>
    private static DateTimeOffset? Time(long milliseconds) =>
        milliseconds >= 0 && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : null;

    private static Jid? Address(string? text) =>
        Jid.TryParse(text, out var jid) && jid.User.Length > 0 ? jid : null;

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
