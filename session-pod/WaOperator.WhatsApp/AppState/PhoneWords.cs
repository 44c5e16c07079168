using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.AppState;

/// <summary>What the phone tells its companion devices of the account's state, in messages that are not for people.</summary>
internal static class PhoneWords
{
    /// <summary>The keys that a decrypted message shares; null: it is about something else, or damaged.</summary>
    public static AppStateSyncKeyShare? ReadKeyShare(ReadOnlySpan<byte> message)
    {
        try
        {
            return
                Message.Parser.ParseFrom(message).ProtocolMessage
                    is {
                        Type: ProtocolMessage.Types.Type.AppStateSyncKeyShare,
                        AppStateSyncKeyShare: { Keys.Count: > 0 } share,
                    }
                ? share
                : null;
        }
        catch (Exception e) when (ProtobufFault.Is(e))
        {
            return null;
        }
    }
}
