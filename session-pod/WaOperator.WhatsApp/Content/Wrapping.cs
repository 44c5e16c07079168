using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Content;

/// <summary>Messages within messages. Pure.</summary>
internal static class Wrapping
{
    /// <summary>More than any client nests; what is deeper is not looked at.</summary>
    private const int MaxDepth = 10;

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

    private static Message? Next(Message message) =>
        message.DeviceSentMessage?.Message
        ?? message.EphemeralMessage?.Message
        ?? message.ViewOnceMessage?.Message
        ?? message.ViewOnceMessageV2?.Message
        ?? message.ViewOnceMessageV2Extension?.Message
        ?? message.DocumentWithCaptionMessage?.Message
        ?? message.EditedMessage?.Message
        ?? message.LottieStickerMessage?.Message;
}
