using System.Buffers;

namespace WaOperator.WhatsApp.Transport;

/// <summary>Writes frames: a length of three bytes, big-endian, then the payload.</summary>
internal static class FrameWriter
{
    /// <summary>The length of the length, in bytes.</summary>
    public const int HeaderSize = 3;

    /// <summary>The longest payload that a frame can say, in bytes.</summary>
    public const int MaxPayload = (1 << 24) - 1;

    /// <summary>Writes a frame as it is: the messages of the handshake.</summary>
    /// <exception cref="ArgumentException">The payload is longer than <see cref="MaxPayload"/>.</exception>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> payload)
    {
        payload.CopyTo(Header(output, payload.Length)[HeaderSize..]);
        output.Advance(HeaderSize + payload.Length);
    }

    internal static Span<byte> Header(IBufferWriter<byte> output, int length)
    {
        var span = output.GetSpan(HeaderSize + length);
        WriteHeader(span, length);
        return span;
    }

    internal static void WriteHeader(Span<byte> frame, int length)
    {
        if (length > MaxPayload)
            throw new ArgumentException(
                $"A frame of {length} bytes is longer than the protocol allows ({MaxPayload}).",
                nameof(length)
            );
        frame[0] = (byte)(length >> 16);
        frame[1] = (byte)(length >> 8);
        frame[2] = (byte)length;
    }
}
