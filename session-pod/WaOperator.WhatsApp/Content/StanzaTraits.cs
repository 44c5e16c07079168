using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Content;

/// <summary>What a message's stanza says about its content, in the clear. Follows from the content alone. Pure.</summary>
/// <param name="Type">The stanza's attribute type: text, media, reaction, poll or event.</param>
/// <param name="MediaType">The attribute mediatype of each enc; null: none.</param>
/// <param name="Edit">The stanza's attribute edit: 1 edited, 7 taken back by its sender, 8 deleted by an admin; null: none.</param>
/// <param name="HideDecryptFailure">Each enc has decrypt-fail=hide: who cannot read it shows nothing.</param>
/// <param name="PollType">The attribute polltype of a child meta: creation or vote; null: no such child.</param>
internal sealed record StanzaTraits(
    string Type,
    string? MediaType,
    string? Edit,
    bool HideDecryptFailure,
    string? PollType
)
{
    private const string Edited = "1";
    private const string TakenBack = "7";
    private const string DeletedByAdmin = "8";

    /// <summary>The traits of a message.</summary>
    public static StanzaTraits Of(Message message)
    {
        var inner = Wrapping.Inner(message);
        var media = MediaTypeOf(inner);
        var edit = EditOf(inner);
        var poll =
            PollOf(inner) is not null ? "creation"
            : inner.PollUpdateMessage is not null ? "vote"
            : null;
        var isReaction = inner.ReactionMessage is not null || inner.EncReactionMessage is not null;
        var type =
            isReaction ? "reaction"
            : poll is not null ? "poll"
            : inner.EventMessage is not null ? "event"
            : media is not null ? "media"
            : "text";
        return new(type, media, edit, edit is not null || isReaction || poll == "vote", poll);
    }

    /// <summary>The poll that a message opens, in whichever of its forms.</summary>
    internal static PollCreationMessage? PollOf(Message message) =>
        message.PollCreationMessage
        ?? message.PollCreationMessageV2
        ?? message.PollCreationMessageV3
        ?? message.PollCreationMessageV5
        ?? message.PollCreationMessageV6;

    private static string? MediaTypeOf(Message message) =>
        message switch
        {
            { ImageMessage: not null } => "image",
            { VideoMessage: { } video } => video.GifPlayback ? "gif" : "video",
            { AudioMessage: { } audio } => audio.Ptt ? "ptt" : "audio",
            { DocumentMessage: not null } => "document",
            { StickerMessage: not null } => "sticker",
            { ContactMessage: not null } => "vcard",
            { ContactsArrayMessage: not null } => "contact_array",
            { LiveLocationMessage: not null } => "livelocation",
            { GroupInviteMessage: not null } => "url",
            { ExtendedTextMessage.HasTitle: true } => "url",
            _ => null,
        };

    private static string? EditOf(Message message) =>
        message switch
        {
            { ProtocolMessage: { Type: ProtocolMessage.Types.Type.Revoke, Key: { } key } protocol }
                when protocol.HasType => key.FromMe ? TakenBack : DeletedByAdmin,
            {
                ProtocolMessage:
                { Type: ProtocolMessage.Types.Type.MessageEdit, EditedMessage: not null },
            } => Edited,
            { ReactionMessage.Text: "" } => TakenBack,
            _ => null,
        };
}
