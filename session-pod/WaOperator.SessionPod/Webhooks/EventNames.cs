using WaOperator.SessionPod.Broadcasts;
using WaOperator.SessionPod.Journal;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Webhooks;

/// <summary>What webhooks call events (<see cref="WebhookEvents"/>). Pure.</summary>
internal static class EventNames
{
    /// <summary>Of events that were pruned before they were posted.</summary>
    public const string Gap = "gap";

    /// <summary>Of events that happened nowhere: they are posted when a tenant asks for one, and cannot be named.</summary>
    public const string Test = "webhook.test";

    /// <summary>Of events that cannot be shown as what they are.</summary>
    public const string Unreadable = "event.unreadable";

    /// <summary>The type of an event; null: it is not posted. Total, as <see cref="Api.Events.TenantEvents.Show"/> is.</summary>
    public static string? Of(SessionEvent e)
    {
        try
        {
            return Convert(e);
        }
        catch (Exception)
        {
            return Unreadable;
        }
    }

    private static string? Convert(SessionEvent e) =>
        e switch
        {
            MessageReceived m => m.Content.Kind switch
            {
                ContentKind.Edit => "message.edited",
                ContentKind.Delete => "message.deleted",
                ContentKind.Reaction or ContentKind.EncryptedReaction => "message.reaction",
                ContentKind.PollVote => "message.vote",
                _ => m.Head.FromMe ? "message.echo" : "message.received",
            },
            MessageSent => "message.sent",
            MessageFailed => "message.failed",
            ReceiptReceived { Receipt: "delivered" } => "message.delivered",
            ReceiptReceived { Receipt: "read" } => "message.read",
            ReceiptReceived { Receipt: "played" } => "message.played",
            MessageUndecryptable => "message.undecryptable",
            IdentityChanged => "identity.changed",
            GroupChanged => "group.changed",
            CallOffered => "call.offered",
            CallEnded => "call.ended",
            PictureChanged => "picture.changed",
            BlocklistChanged => "blocklist.changed",
            ChatChanged => "chat.changed",
            MessageMarked => "message.marked",
            ContactChanged => "contact.changed",
            LabelChanged => "label.changed",
            QuickReplyChanged => "quickreply.changed",
            AppStateSynced => "appstate.synced",
            HistorySynced => "history.synced",
            StatusChanged => "session.status",
            PairingStepped => "session.pairing",
            LimitReached => "limit.reached",
            BroadcastProgress => "broadcast.progress",
            PresenceHeard => "presence.changed",
            TypingHeard => "chat.typing",
            UnreadableEvent => Unreadable,
            _ => null,
        };

    /// <summary>
    /// Whether an entry of the journal may become an event that is asked for, by what stands there in the clear: others need not be
    /// decrypted.
    /// </summary>
    /// <param name="stored">One of <see cref="EventTypes"/>.</param>
    /// <param name="patterns">What is asked for; null: all.</param>
    public static bool MayBe(string stored, IReadOnlyList<string>? patterns)
    {
        if (stored is EventTypes.Peer or EventTypes.Keys)
            return false;
        if (patterns is null || Family(stored) is not { } family)
            return true;
        // What cannot be read becomes another type.
        foreach (var type in (ReadOnlySpan<string>)[.. family, Unreadable])
            if (IsAskedFor(type, patterns))
                return true;
        return false;
    }

    /// <summary>Whether a type is asked for.</summary>
    public static bool IsAskedFor(string type, IReadOnlyList<string>? patterns)
    {
        if (patterns is null)
            return true;
        foreach (var pattern in patterns)
            if (WebhookEvents.Matches(pattern, type))
                return true;
        return false;
    }

    /// <summary>The chat that an event is of, as its data names it; null: it has none.</summary>
    public static string? ChatOf(SessionEvent e) =>
        e switch
        {
            MessageReceived m => m.Head.Chat.ToString(),
            MessageUndecryptable m => m.Head.Chat.ToString(),
            MessageSent sent => sent.Chat,
            MessageFailed failed => failed.Chat,
            ReceiptReceived receipt => receipt.Chat.ToString(),
            GroupChanged group => group.Group.ToString(),
            CallOffered call => call.From.ToString(),
            CallEnded call => call.From.ToString(),
            PictureChanged picture => picture.Of.ToString(),
            ChatChanged changed => changed.Chat.ToString(),
            MessageMarked marked => marked.Chat.ToString(),
            LabelChanged label => label.Chat?.ToString(),
            PassingEvent passing => passing.Of.ToString(),
            _ => null,
        };

    /// <summary>The types that the events of a session's own stream have here; none for those that are internal.</summary>
    /// <param name="shown">How that stream calls them.</param>
    public static IReadOnlyList<string> TypesOf(string shown) =>
        shown switch
        {
            EventTypes.Unreadable => [Unreadable],
            Gap => [Gap],
            _ => Family(shown) ?? [],
        };

    private static string[]? Family(string stored) =>
        stored switch
        {
            EventTypes.Message =>
            [
                "message.received",
                "message.echo",
                "message.edited",
                "message.deleted",
                "message.reaction",
                "message.vote",
            ],
            EventTypes.Sent => ["message.sent"],
            EventTypes.Failed => ["message.failed"],
            EventTypes.Receipt => ["message.delivered", "message.read", "message.played"],
            EventTypes.Undecryptable => ["message.undecryptable"],
            EventTypes.Identity => ["identity.changed"],
            EventTypes.Group => ["group.changed"],
            EventTypes.Call => ["call.offered"],
            EventTypes.CallEnded => ["call.ended"],
            EventTypes.Picture => ["picture.changed"],
            EventTypes.Blocklist => ["blocklist.changed"],
            EventTypes.Chat => ["chat.changed"],
            EventTypes.Marked => ["message.marked"],
            EventTypes.Contact => ["contact.changed"],
            EventTypes.Label => ["label.changed"],
            EventTypes.QuickReply => ["quickreply.changed"],
            EventTypes.AppState => ["appstate.synced"],
            EventTypes.History => ["history.synced"],
            StatusChanged.Name => ["session.status"],
            PairingStepped.Name => ["session.pairing"],
            LimitReached.Name => ["limit.reached"],
            BroadcastProgress.TypeName => ["broadcast.progress"],
            PresenceHeard.Name => ["presence.changed"],
            TypingHeard.Name => ["chat.typing"],
            _ => null,
        };
}
