using System.Security.Cryptography;
using Google.Protobuf;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Signal;

/// <summary>
/// A message of a running session (enc type "msg"): version 33, protobuf, and the first 8 bytes of an HMAC over both
/// identities, sender's first, and all bytes before it.
/// </summary>
internal sealed class WhisperMessage
{
    public const byte Version = 0x33;
    public const int MacSize = 8;

    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly WhisperBody _body;

    private WhisperMessage(ReadOnlyMemory<byte> bytes, WhisperBody body, byte[] ratchetKey) =>
        (_bytes, _body, RatchetKey) = (bytes, body, ratchetKey);

    /// <summary>The sender's ratchet key, 32 bytes.</summary>
    public byte[] RatchetKey { get; }

    public uint Counter => _body.Counter;

    public uint PreviousCounter => _body.PreviousCounter;

    public ReadOnlySpan<byte> Ciphertext => _body.Ciphertext.Span;

    /// <exception cref="SignalException">Malformed.</exception>
    public static WhisperMessage Parse(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Length <= MacSize + 1)
            throw new SignalException(SignalFailure.Malformed, "The message is too short.");
        var body = Envelope.Parse(bytes.Span[..^MacSize], WhisperBody.Parser);
        if (!body.HasCounter || !body.HasCiphertext)
            throw new SignalException(
                SignalFailure.Malformed,
                "The message lacks a counter or a ciphertext."
            );
        return new(bytes, body, PublicKeys.FromWire(body.RatchetKey.Span, "ratchet key"));
    }

    public static byte[] Write(
        WhisperBody body,
        ReadOnlySpan<byte> macKey,
        ReadOnlySpan<byte> sender,
        ReadOnlySpan<byte> receiver
    )
    {
        var bytes = Envelope.Write(body, MacSize);
        Mac(macKey, sender, receiver, bytes.AsSpan(..^MacSize), bytes.AsSpan(^MacSize..));
        return bytes;
    }

    public bool HasMac(
        ReadOnlySpan<byte> macKey,
        ReadOnlySpan<byte> sender,
        ReadOnlySpan<byte> receiver
    )
    {
        Span<byte> mac = stackalloc byte[MacSize];
        Mac(macKey, sender, receiver, _bytes.Span[..^MacSize], mac);
        return CryptographicOperations.FixedTimeEquals(mac, _bytes.Span[^MacSize..]);
    }

    private static void Mac(
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> sender,
        ReadOnlySpan<byte> receiver,
        ReadOnlySpan<byte> message,
        Span<byte> mac
    )
    {
        Span<byte> identities = stackalloc byte[2 * PublicKeys.WireSize];
        PublicKeys.Write(sender, identities);
        PublicKeys.Write(receiver, identities[PublicKeys.WireSize..]);
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(identities);
        hmac.AppendData(message);
        Span<byte> whole = stackalloc byte[HMACSHA256.HashSizeInBytes];
        hmac.GetHashAndReset(whole);
        whole[..MacSize].CopyTo(mac);
    }
}
