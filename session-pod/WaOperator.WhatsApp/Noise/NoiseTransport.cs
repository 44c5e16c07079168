using System.Security.Cryptography;

namespace WaOperator.WhatsApp.Noise;

/// <summary>
/// Encrypts and decrypts frames after the handshake. Each direction has its key and its counter, so frames must be
/// encrypted in the order in which they are sent and decrypted in the order in which they came; each direction is
/// used by one caller at a time.
/// </summary>
public sealed class NoiseTransport : IDisposable
{
    /// <summary>How many bytes a frame grows when it is encrypted.</summary>
    public const int Overhead = NoiseProtocol.TagSize;

    private readonly AesGcm _writer;
    private readonly AesGcm _reader;
    private uint _written;
    private uint _read;

    internal NoiseTransport(byte[] writeKey, byte[] readKey)
    {
        _writer = new AesGcm(writeKey, NoiseProtocol.TagSize);
        _reader = new AesGcm(readKey, NoiseProtocol.TagSize);
        CryptographicOperations.ZeroMemory(writeKey);
        CryptographicOperations.ZeroMemory(readKey);
    }

    /// <summary>Encrypts into <paramref name="output"/>, which is <see cref="Overhead"/> bytes longer and may start at the same place.</summary>
    /// <exception cref="ArgumentException">The output has the wrong length.</exception>
    public void Encrypt(ReadOnlySpan<byte> plaintext, Span<byte> output)
    {
        if (output.Length != plaintext.Length + Overhead)
            throw new ArgumentException(
                $"The output must be {Overhead} bytes longer than the plaintext.",
                nameof(output)
            );
        Span<byte> nonce = stackalloc byte[NoiseProtocol.NonceSize];
        SymmetricState.WriteNonce(nonce, checked(_written++));
        _writer.Encrypt(nonce, plaintext, output[..plaintext.Length], output[plaintext.Length..]);
    }

    /// <summary>Decrypts in place and returns the plaintext, a part of <paramref name="frame"/>.</summary>
    /// <exception cref="NoiseException">The frame is too short or does not decrypt. The transport is then of no further use.</exception>
    public Span<byte> Decrypt(Span<byte> frame)
    {
        if (frame.Length < Overhead)
            throw new NoiseException(
                $"A frame of {frame.Length} bytes is shorter than its authentication tag."
            );
        var body = frame[..^Overhead];
        Span<byte> nonce = stackalloc byte[NoiseProtocol.NonceSize];
        SymmetricState.WriteNonce(nonce, checked(_read++));
        try
        {
            _reader.Decrypt(nonce, body, frame[^Overhead..], body);
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new NoiseException(
                "A frame does not decrypt: damaged, out of order, or forged.",
                e
            );
        }
        return body;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer.Dispose();
        _reader.Dispose();
    }
}
