using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Content;

/// <content>Calls, events, channels, what is said about other messages, and status.</content>
internal static partial class ContentParser
{
    private static ReceivedContent? OfSocial(Message m, Level level) =>
        m switch
        {
            { EventMessage: { } happening } => Show(m, ContentKind.Event) with
            {
                Title = Given(happening.Name),
                Text = Given(happening.Description),
                Location = happening.Location is { } place
                    ? ReceivedPlace.Of(
                        place.DegreesLatitude,
                        place.DegreesLongitude,
                        Given(place.Name),
                        Given(place.Address)
                    )
                    : null,
            },
            { EventInviteMessage: { } invite } => Show(m, ContentKind.EventInvite) with
            {
                Title = Given(invite.EventTitle),
                Text = Given(invite.Caption),
            },
            { EncEventResponseMessage: { } reply } => Show(m, ContentKind.EventReply) with
            {
                Target = TargetMessage.Of(reply.EventCreationMessageKey),
            },
            { CommentMessage: { } comment } => Show(m, ContentKind.Comment) with
            {
                Text = TextOf(comment.Message, level),
                Target = TargetMessage.Of(comment.TargetMessageKey),
            },
            { EncCommentMessage: { } comment } => Show(m, ContentKind.Encrypted) with
            {
                Target = TargetMessage.Of(comment.TargetMessageKey),
            },
            { SecretEncryptedMessage: { } secret } => Show(m, ContentKind.Encrypted) with
            {
                Target = TargetMessage.Of(secret.TargetMessageKey),
            },
            { ConditionalRevealMessage: not null } => Show(m, ContentKind.Encrypted),
            { KeepInChatMessage: { } keep } => Show(m, ContentKind.Keep) with
            {
                Target = TargetMessage.Of(keep.Key),
            },
            { PinInChatMessage: { } pin } => Show(m, ContentKind.Pin) with
            {
                Target = TargetMessage.Of(pin.Key),
            },
            { PollAddOptionMessage: { } added } => Show(m, ContentKind.PollOption) with
            {
                Text = Given(added.AddOption?.OptionName ?? ""),
                Target = TargetMessage.Of(added.PollCreationMessageKey),
            },
            _ when (m.PollResultSnapshotMessage ?? m.PollResultSnapshotMessageV3) is { } result =>
                Show(m, ContentKind.PollResult) with
                {
                    Title = Given(result.Name),
                },
            { AlbumMessage: not null } => Show(m, ContentKind.Album),
            { StickerPackMessage: { } pack } => Show(m, ContentKind.StickerPack) with
            {
                Title = Given(pack.Name),
                Text = Given(pack.Caption) ?? Given(pack.PackDescription),
            },
            { NewsletterAdminInviteMessage: { } invite } => Show(m, ContentKind.ChannelInvite) with
            {
                Title = Given(invite.NewsletterName),
                Text = Given(invite.Caption),
            },
            { NewsletterFollowerInviteMessageV2: { } invite } => Show(
                m,
                ContentKind.ChannelInvite
            ) with
            {
                Title = Given(invite.NewsletterName),
                Text = Given(invite.Caption),
            },
            { Call: not null } => Show(m, ContentKind.Call),
            { BcallMessage: { } call } => Show(m, ContentKind.Call) with
            {
                Text = Given(call.Caption),
            },
            { CallLogMessage: not null } => Show(m, ContentKind.CallLog),
            { ScheduledCallCreationMessage: { } call } => Show(m, ContentKind.ScheduledCall) with
            {
                Title = Given(call.Title),
            },
            { ScheduledCallEditMessage: { } call } => Show(m, ContentKind.ScheduledCall) with
            {
                Target = TargetMessage.Of(call.Key),
            },
            { RequestPhoneNumberMessage: not null } => Show(m, ContentKind.PhoneNumberRequest),
            { Chat: { } chat } => Show(m, ContentKind.Chat) with
            {
                Title = Given(chat.DisplayName),
            },
            { RichResponseMessage: { } reply } => Show(m, ContentKind.BotReply) with
            {
                Text = Given(
                    string.Join(
                        '\n',
                        reply.Submessages.Select(part => part.MessageText).Where(t => t.Length > 0)
                    )
                ),
            },
            { MusicMessage: { } music } => Show(m, ContentKind.Music) with
            {
                Title = Given(music.EmbeddedMusic?.Title ?? ""),
            },
            _ => null,
        };

    /// <summary>About a status, and what devices tell each other.</summary>
    private static ReceivedContent? OfStatus(Message m) =>
        m switch
        {
            { StatusQuestionAnswerMessage: { } answer } => Show(m, ContentKind.Status) with
            {
                Text = Given(answer.Text),
                Target = TargetMessage.Of(answer.Key),
            },
            { QuestionResponseMessage: { } answer } => Show(m, ContentKind.Status) with
            {
                Text = Given(answer.Text),
                Target = TargetMessage.Of(answer.Key),
            },
            { StatusQuotedMessage: { } quoted } => Show(m, ContentKind.Status) with
            {
                Text = Given(quoted.Text),
                Target = TargetMessage.Of(quoted.OriginalStatusId),
            },
            { StatusNotificationMessage: { } notice } => Show(m, ContentKind.Status) with
            {
                Target = TargetMessage.Of(notice.OriginalMessageKey),
            },
            { StatusStickerInteractionMessage: { } sticker } => Show(m, ContentKind.Status) with
            {
                Target = TargetMessage.Of(sticker.Key),
            },
            { StatusLinkPreviewMetadata: not null } => Show(m, ContentKind.Status),
            { MessageHistoryBundle: not null } or { MessageHistoryNotice: not null } => Show(
                m,
                ContentKind.History
            ),
            { StickerSyncRmrMessage: not null }
            or { GroupRootKeyShare: not null }
            or { RootSecretDistributeMessage: not null } => Show(m, ContentKind.Protocol),
            _ => null,
        };
}
