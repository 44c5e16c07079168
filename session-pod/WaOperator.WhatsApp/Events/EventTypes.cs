namespace WaOperator.WhatsApp.Events;

/// <summary>The names of the events: what is stored beside an event's bytes, and what readers see.</summary>
public static class EventTypes
{
    /// <summary><see cref="MessageReceived"/>.</summary>
    public const string Message = "message";

    /// <summary><see cref="PeerMessageReceived"/>.</summary>
    public const string Peer = "peer";

    /// <summary><see cref="KeysReceived"/>.</summary>
    public const string Keys = "keys";

    /// <summary><see cref="MessageUndecryptable"/>.</summary>
    public const string Undecryptable = "undecryptable";

    /// <summary><see cref="MessageSent"/>.</summary>
    public const string Sent = "sent";

    /// <summary><see cref="MessageFailed"/>.</summary>
    public const string Failed = "failed";

    /// <summary><see cref="ReceiptReceived"/>.</summary>
    public const string Receipt = "receipt";

    /// <summary><see cref="IdentityChanged"/>.</summary>
    public const string Identity = "identity";

    /// <summary><see cref="GroupChanged"/>.</summary>
    public const string Group = "group";

    /// <summary><see cref="CallOffered"/>.</summary>
    public const string Call = "call";

    /// <summary><see cref="Events.CallEnded"/>.</summary>
    public const string CallEnded = "callEnded";

    /// <summary><see cref="PictureChanged"/>.</summary>
    public const string Picture = "picture";

    /// <summary><see cref="BlocklistChanged"/>.</summary>
    public const string Blocklist = "blocklist";

    /// <summary><see cref="ChatChanged"/>.</summary>
    public const string Chat = "chat";

    /// <summary><see cref="MessageMarked"/>.</summary>
    public const string Marked = "marked";

    /// <summary><see cref="ContactChanged"/>.</summary>
    public const string Contact = "contact";

    /// <summary><see cref="LabelChanged"/>.</summary>
    public const string Label = "label";

    /// <summary><see cref="QuickReplyChanged"/>.</summary>
    public const string QuickReply = "quickReply";

    /// <summary><see cref="AppStateSynced"/>.</summary>
    public const string AppState = "appState";

    /// <summary><see cref="HistorySynced"/>.</summary>
    public const string History = "history";

    /// <summary><see cref="UnreadableEvent"/>; never stored.</summary>
    public const string Unreadable = "unreadable";
}
