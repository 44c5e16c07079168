using System.Buffers;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.WhatsApp.Server;

/// <summary>Writes frames that follow the handshake, one call for each.</summary>
internal static class EncryptedFrames
{
    /// <summary>Encrypts a plaintext and writes it as a frame.</summary>
    /// <exception cref="ArgumentException">The plaintext is longer than a frame can be.</exception>
    public static void Write(
        IBufferWriter<byte> output,
        NoiseTransport transport,
        ReadOnlySpan<byte> plaintext
    )
    {
        var length = plaintext.Length + NoiseTransport.Overhead;
        transport.Encrypt(
            plaintext,
            FrameWriter.Header(output, length).Slice(FrameWriter.HeaderSize, length)
        );
        output.Advance(FrameWriter.HeaderSize + length);
    }
}
