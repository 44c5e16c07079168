namespace WaOperator.WhatsApp.Content;

/// <summary>What a received message is.</summary>
public enum ContentKind
{
    /// <summary>Nothing that a person would see, and nothing else that is known here.</summary>
    Unknown,

    /// <summary>A text.</summary>
    Text,

    /// <summary>A picture.</summary>
    Image,

    /// <summary>A video.</summary>
    Video,

    /// <summary>A round video note.</summary>
    VideoNote,

    /// <summary>A sound file.</summary>
    Audio,

    /// <summary>A voice note.</summary>
    VoiceNote,

    /// <summary>A document.</summary>
    Document,

    /// <summary>A sticker.</summary>
    Sticker,

    /// <summary>A place.</summary>
    Location,

    /// <summary>A place that moves.</summary>
    LiveLocation,

    /// <summary>One or more contacts.</summary>
    Contact,

    /// <summary>A reaction, or its withdrawal.</summary>
    Reaction,

    /// <summary>A reaction that is encrypted by the secret of the message that it is to (community announcements).</summary>
    EncryptedReaction,

    /// <summary>A changed text of an earlier message.</summary>
    Edit,

    /// <summary>The deletion of a message for everyone.</summary>
    Delete,

    /// <summary>A poll.</summary>
    Poll,

    /// <summary>A vote on a poll.</summary>
    PollVote,

    /// <summary>An invitation to a group.</summary>
    GroupInvite,

    /// <summary>The chat's timer for disappearing messages was changed.</summary>
    DisappearingTimer,

    /// <summary>A part of the history, from the own phone.</summary>
    HistorySync,

    /// <summary>Keys of the app state, from the own phone.</summary>
    AppStateKeys,

    /// <summary>Another protocol message between devices; see <see cref="ReceivedContent.Message"/>.</summary>
    Protocol,

    /// <summary>A message that this kind of device is not given, such as some view-once messages.</summary>
    Placeholder,

    /// <summary>Only a sender key for a group.</summary>
    SenderKey,

    /// <summary>Only what devices tell each other beside a message.</summary>
    Context,

    /// <summary>A text of a business with buttons, made from a template.</summary>
    Template,

    /// <summary>A text with buttons.</summary>
    Buttons,

    /// <summary>A button was chosen.</summary>
    ButtonReply,

    /// <summary>A list to choose from, or a list of products.</summary>
    List,

    /// <summary>A row of a list was chosen.</summary>
    ListReply,

    /// <summary>A text with actions, a shop, a collection or a carousel.</summary>
    Interactive,

    /// <summary>The answer to an interactive message.</summary>
    InteractiveReply,

    /// <summary>A product, or a catalogue.</summary>
    Product,

    /// <summary>An order.</summary>
    Order,

    /// <summary>An invoice.</summary>
    Invoice,

    /// <summary>Money was sent.</summary>
    Payment,

    /// <summary>Money is asked for.</summary>
    PaymentRequest,

    /// <summary>A request for money was declined.</summary>
    PaymentDeclined,

    /// <summary>A request for money was taken back.</summary>
    PaymentCancelled,

    /// <summary>An invitation to set up payments.</summary>
    PaymentInvite,

    /// <summary>A reminder of a payment.</summary>
    PaymentReminder,

    /// <summary>A sum that several people share, or a change of it.</summary>
    SplitPayment,

    /// <summary>A call.</summary>
    Call,

    /// <summary>How a call went.</summary>
    CallLog,

    /// <summary>A call was arranged, or the arrangement changed.</summary>
    ScheduledCall,

    /// <summary>An event.</summary>
    Event,

    /// <summary>An invitation to an event.</summary>
    EventInvite,

    /// <summary>Who comes to an event, encrypted by its secret.</summary>
    EventReply,

    /// <summary>A comment on a message.</summary>
    Comment,

    /// <summary>A comment, a change or a message for later, encrypted by another message's secret.</summary>
    Encrypted,

    /// <summary>A message that disappears is kept, or no longer.</summary>
    Keep,

    /// <summary>A message is pinned in the chat, or no longer.</summary>
    Pin,

    /// <summary>The sender asks for the receiver's phone number.</summary>
    PhoneNumberRequest,

    /// <summary>Pictures and videos follow that belong together.</summary>
    Album,

    /// <summary>A pack of stickers.</summary>
    StickerPack,

    /// <summary>How a poll stands.</summary>
    PollResult,

    /// <summary>Another option of a poll.</summary>
    PollOption,

    /// <summary>An invitation to a channel.</summary>
    ChannelInvite,

    /// <summary>The link to a chat.</summary>
    Chat,

    /// <summary>Messages from before someone joined a group.</summary>
    History,

    /// <summary>An answer of a bot.</summary>
    BotReply,

    /// <summary>A song.</summary>
    Music,

    /// <summary>Something about a status.</summary>
    Status,
}
