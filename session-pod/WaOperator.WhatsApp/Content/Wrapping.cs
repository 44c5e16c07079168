using Google.Protobuf;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Content;

/// <summary>Messages within messages. Pure.</summary>
internal static class Wrapping
{
    /// <summary>More than any client nests; what is deeper is not looked at.</summary>
    public const int MaxDepth = 10;

    /// <summary>The message that the wrappers hold, the wrappers on the way being told to a visitor.</summary>
    public static Message Inner(Message message, Action<Message>? visit = null)
    {
        for (var depth = 0; depth < MaxDepth; depth++)
        {
            visit?.Invoke(message);
            if (Next(message) is not { } next)
                return message;
            message = next;
        }
        return message;
    }

    public static bool IsViewOnce(Message message) =>
        message.ViewOnceMessage is not null
        || message.ViewOnceMessageV2 is not null
        || message.ViewOnceMessageV2Extension is not null;

    /// <summary>
    /// The message in a wrapper of a later version of the protocol, known by its form: a field that is not known here, which holds
    /// a message as its field 1 and nothing else. Null: there is none.
    /// </summary>
    public static Message? Unlisted(Message message)
    {
        var input = new CodedInputStream(message.ToByteArray());
        while (input.ReadTag() is var tag && tag != 0)
        {
            if (WireFormat.GetTagWireType(tag) != WireFormat.WireType.LengthDelimited)
                input.SkipLastField();
            else if (
                input.ReadBytes() is var value
                && Message.Descriptor.FindFieldByNumber(WireFormat.GetTagFieldNumber(tag)) is null
                && Only(value) is { } inner
            )
                return inner;
        }
        return null;
    }

    private static Message? Only(ByteString value)
    {
        try
        {
            var wrapped = WrappedMessage.Parser.ParseFrom(value);
            return
                wrapped.Message is { } inner
                && new WrappedMessage { Message = inner }.CalculateSize() == wrapped.CalculateSize()
                ? inner
                : null;
        }
        catch (Exception e) when (ProtobufFault.Is(e))
        {
            // Something else than a message is in there.
            return null;
        }
    }

    private static Message? Next(Message message) =>
        message.DeviceSentMessage?.Message ?? NextOfAll(message) ?? NextOfTopics(message);

    /// <summary>How it is shown, or what it belongs to.</summary>
    private static Message? NextOfAll(Message message) =>
        message.EphemeralMessage?.Message
        ?? message.ViewOnceMessage?.Message
        ?? message.ViewOnceMessageV2?.Message
        ?? message.ViewOnceMessageV2Extension?.Message
        ?? message.DocumentWithCaptionMessage?.Message
        ?? message.EditedMessage?.Message
        ?? message.LottieStickerMessage?.Message
        ?? message.AssociatedChildMessage?.Message
        ?? message.GroupMentionedMessage?.Message
        ?? message.SpoilerMessage?.Message
        ?? message.LimitSharingMessage?.Message;

    /// <summary>Polls, events, status, channels and bots.</summary>
    private static Message? NextOfTopics(Message message) =>
        message.PollCreationMessageV4?.Message
        ?? message.PollCreationOptionImageMessage?.Message
        ?? message.EventCoverImage?.Message
        ?? message.StatusMentionMessage?.Message
        ?? message.StatusAddYours?.Message
        ?? message.GroupStatusMentionMessage?.Message
        ?? message.GroupStatusMessage?.Message
        ?? message.GroupStatusMessageV2?.Message
        ?? message.QuestionMessage?.Message
        ?? message.QuestionReplyMessage?.Message
        ?? message.NewsletterAdminProfileMessage?.Message
        ?? message.NewsletterAdminProfileStatusMessage?.Message
        ?? message.BotInvokeMessage?.Message
        ?? message.BotTaskMessage?.Message
        ?? message.BotForwardedMessage?.Message
        ?? message.BotPlatformRegistrationSuccessMessage?.Message;
}
