using Google.Protobuf;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Noise;

/// <summary>Reads what the peer says in the handshake.</summary>
internal static class HandshakeMessages
{
    public static HandshakeMessage Parse(ReadOnlySpan<byte> frame)
    {
        try
        {
            return HandshakeMessage.Parser.ParseFrom(frame);
        }
        catch (Exception e) when (ProtobufFault.Is(e))
        {
            throw new NoiseException("The peer's handshake message is malformed.", e);
        }
    }

    public static byte[] Key(ByteString key, string what) =>
        key.Length == Curve25519.KeySize
            ? key.ToByteArray()
            : throw new NoiseException(
                $"The peer's {what} has {key.Length} bytes instead of {Curve25519.KeySize}."
            );
}
