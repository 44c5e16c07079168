using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Content;

/// <content>The kinds.</content>
internal static partial class ContentParser
{
    private static ReceivedContent Plain(Message m, Level level) =>
        m switch
        {
            { ExtendedTextMessage: { } text } => OfText(m, text),
            { ImageMessage: not null }
            or { VideoMessage: not null }
            or { PtvMessage: not null }
            or { AudioMessage: not null }
            or { DocumentMessage: not null }
            or { StickerMessage: not null } => OfFile(m),
            { ReactionMessage: { } reaction } => New(m, ContentKind.Reaction) with
            {
                Target = TargetMessage.Of(reaction.Key),
                Reaction = reaction.Text,
            },
            { EncReactionMessage: { } reaction } => New(m, ContentKind.EncryptedReaction) with
            {
                Target = TargetMessage.Of(reaction.TargetMessageKey),
            },
            { PollUpdateMessage: { } update } => New(m, ContentKind.PollVote) with
            {
                Target = TargetMessage.Of(update.PollCreationMessageKey),
                Vote = update.Vote is { } vote
                    ? new(vote.EncPayload.ToByteArray(), vote.EncIv.ToByteArray())
                    : null,
            },
            { LocationMessage: { } location } => OfPlace(
                m,
                location.IsLive ? ContentKind.LiveLocation : ContentKind.Location,
                location.Comment,
                ReceivedPlace.Of(
                    location.DegreesLatitude,
                    location.DegreesLongitude,
                    Given(location.Name),
                    Given(location.Address)
                )
            ),
            { LiveLocationMessage: { } location } => OfPlace(
                m,
                ContentKind.LiveLocation,
                location.Caption,
                ReceivedPlace.Of(location.DegreesLatitude, location.DegreesLongitude)
            ),
            { ContactMessage: { } contact } => New(m, ContentKind.Contact) with
            {
                Contacts = [new(contact.DisplayName, contact.Vcard)],
            },
            { ContactsArrayMessage: { } contacts } => New(m, ContentKind.Contact) with
            {
                Contacts =
                [
                    .. contacts.Contacts.Select(c => new ContactCard(c.DisplayName, c.Vcard)),
                ],
            },
            { GroupInviteMessage: { } invite } => New(m, ContentKind.GroupInvite) with
            {
                Caption = Given(invite.Caption),
                Invite = new(
                    invite.GroupJid,
                    invite.InviteCode,
                    Given(invite.GroupName),
                    invite.InviteExpiration
                ),
            },
            { ProtocolMessage: { } protocol } => OfProtocol(m, protocol, level),
            { PlaceholderMessage: not null } => New(m, ContentKind.Placeholder),
            _ when StanzaTraits.PollOf(m) is { } poll => New(m, ContentKind.Poll) with
            {
                Poll = new(
                    poll.Name,
                    [.. poll.Options.Select(option => option.OptionName)],
                    (int)Math.Min(poll.SelectableOptionsCount, int.MaxValue)
                ),
            },
            { HasConversation: true } => New(m, ContentKind.Text) with { Text = m.Conversation },
            _ => OfBusiness(m)
                ?? OfPayment(m, level)
                ?? OfSocial(m, level)
                ?? OfStatus(m)
                ?? OfNone(m),
        };

    /// <summary>Keys, context, or nothing that is known.</summary>
    private static ReceivedContent OfNone(Message m)
    {
        var kind = m
            is {
                SenderKeyDistributionMessage: null,
                FastRatchetKeySenderKeyDistributionMessage: null
            }
            ? ContentKind.Context
            : ContentKind.SenderKey;
        var known = new Message
        {
            SenderKeyDistributionMessage = m.SenderKeyDistributionMessage,
            FastRatchetKeySenderKeyDistributionMessage =
                m.FastRatchetKeySenderKeyDistributionMessage,
            MessageContextInfo = m.MessageContextInfo,
        };
        var size = known.CalculateSize();
        return New(m, size > 0 && size == m.CalculateSize() ? kind : ContentKind.Unknown);
    }

    /// <summary>A kind whose details are given as the protocol has them.</summary>
    private static ReceivedContent Show(Message m, ContentKind kind) =>
        Detail.Of(m) is { } details
            ? New(m, kind) with
            {
                Details = details,
            }
            : New(m, kind) with
            {
                Reason = "Its details are nested too deep to be shown.",
            };

    private static ReceivedContent New(Message message, ContentKind kind) =>
        new() { Kind = kind, Message = message };

    private static ReceivedContent OfPlace(
        Message m,
        ContentKind kind,
        string caption,
        ReceivedPlace place
    ) =>
        New(m, kind) with
        {
            Caption = Given(caption),
            Location = place,
            Reason = place is { Latitude: not null, Longitude: not null }
                ? null
                : "Its coordinates are not a place on the globe.",
        };

    private static ReceivedContent OfText(Message m, ExtendedTextMessage text) =>
        New(m, ContentKind.Text) with
        {
            Text = text.Text,
            ViewOnce = text.ViewOnce,
            Preview = text is { HasMatchedText: true, HasTitle: true }
                ? new(
                    text.MatchedText,
                    text.Title,
                    Given(text.Description),
                    Given(text.JpegThumbnail)
                )
                : null,
        };

    private static ReceivedContent OfProtocol(Message m, ProtocolMessage protocol, Level level) =>
        protocol switch
        {
            { HistorySyncNotification: not null } => New(m, ContentKind.HistorySync),
            { AppStateSyncKeyShare: not null } => New(m, ContentKind.AppStateKeys),
            { Type: ProtocolMessage.Types.Type.MessageEdit, EditedMessage: { } edited } => OfEdit(
                m,
                protocol,
                level.Edits < MaxEdits
                    ? Read(edited, [], level with { Edits = level.Edits + 1, FromMe = false })
                    : null
            ),
            { Type: ProtocolMessage.Types.Type.EphemeralSetting } => New(
                m,
                ContentKind.DisappearingTimer
            ) with
            {
                DisappearsAfter = protocol.EphemeralExpiration,
            },
            { HasType: true, Type: ProtocolMessage.Types.Type.Revoke } => New(
                m,
                ContentKind.Delete
            ) with
            {
                Target = TargetMessage.Of(protocol.Key),
            },
            _ => Show(m, ContentKind.Protocol) with { Target = TargetMessage.Of(protocol.Key) },
        };

    private static ReceivedContent OfEdit(
        Message m,
        ProtocolMessage protocol,
        ReceivedContent? edited
    ) =>
        New(m, ContentKind.Edit) with
        {
            Target = TargetMessage.Of(protocol.Key),
            Text = edited?.Text ?? edited?.Caption,
            Edited = edited,
            Reason = edited is null ? "It is an edit within edits." : null,
        };
}
