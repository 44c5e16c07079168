using System.Security.Cryptography;

namespace WaOperator.WhatsApp.Noise;

/// <summary>
/// Encrypts and decrypts frames after the handshake. Each direction has its key and its counter, so frames must be
/// encrypted in the order in which they are sent and decrypted in the order in which they came; each direction is
/// used by one caller at a time.
/// </summary>
/// <remarks>
/// A cipher holds more than a kilobyte of OpenSSL's memory and is made in a microsecond: each frame has its own, so that a
/// connection which carries a frame every half minute keeps the keys only.
/// </remarks>
internal sealed class NoiseTransport : IDisposable
{
    /// <summary>How many bytes a frame grows when it is encrypted.</summary>
    public const int Overhead = NoiseProtocol.TagSize;

    private readonly byte[] _writeKey;
    private readonly byte[] _readKey;
    private uint _written;
    private uint _read;
    private bool _disposed;

    /// <summary>Takes the keys over, and zeroes them when it is disposed.</summary>
    internal NoiseTransport(byte[] writeKey, byte[] readKey) =>
        (_writeKey, _readKey) = (writeKey, readKey);

    /// <summary>Encrypts into <paramref name="output"/>, which is <see cref="Overhead"/> bytes longer and may start at the same place.</summary>
    /// <exception cref="ArgumentException">The output has the wrong length.</exception>
    /// <exception cref="ObjectDisposedException">The keys are gone.</exception>
    public void Encrypt(ReadOnlySpan<byte> plaintext, Span<byte> output)
    {
        if (output.Length != plaintext.Length + Overhead)
            throw new ArgumentException(
                $"The output must be {Overhead} bytes longer than the plaintext.",
                nameof(output)
            );
        Span<byte> nonce = stackalloc byte[NoiseProtocol.NonceSize];
        SymmetricState.WriteNonce(nonce, checked(_written++));
        using var cipher = Cipher(_writeKey);
        cipher.Encrypt(nonce, plaintext, output[..plaintext.Length], output[plaintext.Length..]);
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
            using var cipher = Cipher(_readKey);
            cipher.Decrypt(nonce, body, frame[^Overhead..], body);
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
        Forget(_writeKey);
        Forget(_readKey);
    }

    /// <summary>A sender may be late: it gets no cipher of a key that is being zeroed.</summary>
    private AesGcm Cipher(byte[] key)
    {
        lock (key)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return new AesGcm(key, NoiseProtocol.TagSize);
        }
    }

    private void Forget(byte[] key)
    {
        lock (key)
        {
            _disposed = true;
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
