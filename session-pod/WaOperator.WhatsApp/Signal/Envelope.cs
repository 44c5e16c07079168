using Google.Protobuf;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Signal;

/// <summary>What all Signal messages share: a version byte, protobuf, and room for a MAC or a signature behind it.</summary>
internal static class Envelope
{
    private const int Protocol = 3;

    public static byte[] Write(IMessage body, int trailer)
    {
        var size = body.CalculateSize();
        var bytes = new byte[1 + size + trailer];
        bytes[0] = WhisperMessage.Version;
        body.WriteTo(bytes.AsSpan(1, size));
        return bytes;
    }

    /// <exception cref="SignalException">Malformed.</exception>
    public static T Parse<T>(ReadOnlySpan<byte> bytes, MessageParser<T> parser)
        where T : IMessage<T>
    {
        if (bytes.IsEmpty || bytes[0] >> 4 != Protocol)
            throw new SignalException(
                SignalFailure.Malformed,
                $"The message does not begin with version {Protocol} of the protocol."
            );
        return ParseBody(bytes[1..], parser);
    }

    /// <exception cref="SignalException">Malformed.</exception>
    public static T ParseBody<T>(ReadOnlySpan<byte> bytes, MessageParser<T> parser)
        where T : IMessage<T>
    {
        try
        {
            return parser.WithDiscardUnknownFields(true).ParseFrom(bytes);
        }
        catch (Exception e) when (ProtobufFault.Is(e))
        {
            throw new SignalException(
                SignalFailure.Malformed,
                $"The protobuf is damaged: {e.Message}",
                e
            );
        }
    }
}
