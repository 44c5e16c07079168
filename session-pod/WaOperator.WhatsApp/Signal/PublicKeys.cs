using System.Security.Cryptography;
using Google.Protobuf;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Signal;

/// <summary>Public keys as they travel: 33 bytes, 05 first.</summary>
internal static class PublicKeys
{
    public const int WireSize = Curve25519.KeySize + 1;

    public static void Write(ReadOnlySpan<byte> key, Span<byte> wire)
    {
        wire[0] = SignedPreKey.KeyType;
        key.CopyTo(wire[1..]);
    }

    public static ByteString ToWire(ReadOnlySpan<byte> key)
    {
        Span<byte> wire = stackalloc byte[WireSize];
        Write(key, wire);
        return ByteString.CopyFrom(wire);
    }

    /// <exception cref="SignalException">Not 33 bytes, or not a Curve25519 key.</exception>
    public static byte[] FromWire(ReadOnlySpan<byte> wire, string what) =>
        wire.Length == WireSize && wire[0] == SignedPreKey.KeyType
            ? wire[1..].ToArray()
            : throw new SignalException(
                SignalFailure.Malformed,
                $"The {what} is not a Curve25519 public key of {WireSize} bytes."
            );

    /// <summary>Key agreement with a key that a stranger chose.</summary>
    /// <exception cref="SignalException">The key is a point of low order.</exception>
    public static byte[] Agree(ReadOnlySpan<byte> ours, ReadOnlySpan<byte> theirs)
    {
        try
        {
            return Curve25519.Agree(ours, theirs);
        }
        catch (CryptographicException e)
        {
            throw new SignalException(SignalFailure.Malformed, e.Message, e);
        }
    }
}
