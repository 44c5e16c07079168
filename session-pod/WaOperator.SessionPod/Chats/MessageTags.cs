namespace WaOperator.SessionPod.Chats;

/// <summary>
/// Tells by the numbers of a serialised message's fields what it is, without parsing it: this is asked for each message that was sent.
/// Pure; any bytes have an answer.
/// </summary>
internal static class MessageTags
{
    /// <summary>Whether it is about another message: a reaction, an edit, a deletion, a vote, a pin.</summary>
    public static bool AreAboutAnother(ReadOnlySpan<byte> message)
    {
        while (message.Length > 0 && TryVarint(ref message, out var tag))
        {
            // As in WAProto's Message: protocolMessage, reactionMessage, pollUpdateMessage, encReactionMessage, editedMessage, pinInChatMessage.
            if (tag >> 3 is 12 or 46 or 50 or 56 or 58 or 63)
                return true;
            ulong length;
            switch (tag & 7)
            {
                case 0:
                    if (!TryVarint(ref message, out _))
                        return false;
                    continue;
                case 1:
                    length = 8;
                    break;
                case 2:
                    if (!TryVarint(ref message, out length))
                        return false;
                    break;
                case 5:
                    length = 4;
                    break;
                default:
                    return false;
            }
            if (length > (ulong)message.Length)
                return false;
            message = message[(int)length..];
        }
        return false;
    }

    private static bool TryVarint(ref ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        for (var i = 0; i < bytes.Length && i < 10; i++)
        {
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] < 0x80)
            {
                bytes = bytes[(i + 1)..];
                return true;
            }
        }
        return false;
    }
}
