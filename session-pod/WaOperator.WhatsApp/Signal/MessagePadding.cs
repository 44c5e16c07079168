using System.Security.Cryptography;

namespace WaOperator.WhatsApp.Signal;

/// <summary>WhatsApp's padding of a message before it is encrypted (enc v=2): 1 to 16 bytes, each saying how many.</summary>
internal static class MessagePadding
{
    private const int Largest = 16;

    /// <summary>Pads with a random length.</summary>
    public static byte[] Pad(ReadOnlySpan<byte> message) =>
        Pad(message, RandomNumberGenerator.GetInt32(1, Largest + 1));

    /// <summary>Takes the padding away, without a copy.</summary>
    /// <exception cref="SignalException">Malformed: the last bytes are no padding.</exception>
    public static ReadOnlyMemory<byte> Unpad(ReadOnlyMemory<byte> padded)
    {
        var bytes = padded.Span;
        var size = bytes.IsEmpty ? 0 : bytes[^1];
        if (size == 0 || size > bytes.Length || bytes[^size..].ContainsAnyExcept(bytes[^1]))
            throw new SignalException(
                SignalFailure.Malformed,
                "The decrypted message does not end with its padding."
            );
        return padded[..^size];
    }

    internal static byte[] Pad(ReadOnlySpan<byte> message, int size)
    {
        var padded = new byte[message.Length + size];
        message.CopyTo(padded);
        padded.AsSpan(message.Length).Fill((byte)size);
        return padded;
    }
}
