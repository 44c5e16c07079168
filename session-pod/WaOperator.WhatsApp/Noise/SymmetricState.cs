using System.Buffers.Binary;
using System.Security.Cryptography;
using WaOperator.WhatsApp.Crypto;

namespace WaOperator.WhatsApp.Noise;

/// <summary>Noise's symmetric state: the running hash, the chaining key ("salt") and the current key with its counter.</summary>
internal sealed class SymmetricState : IDisposable
{
    private readonly byte[] _hash = NoiseProtocol.Name.AsSpan().ToArray();
    private readonly byte[] _salt = NoiseProtocol.Name.AsSpan().ToArray();
    private readonly byte[] _key = NoiseProtocol.Name.AsSpan().ToArray();
    private uint _counter;

    public void MixHash(ReadOnlySpan<byte> data)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(_hash);
        sha.AppendData(data);
        sha.GetHashAndReset(_hash);
    }

    /// <summary>Mixes in the agreement of two keys and starts counting again.</summary>
    /// <exception cref="NoiseException">The peer's key is unusable.</exception>
    public void MixKey(KeyPair ours, ReadOnlySpan<byte> theirs)
    {
        byte[] shared;
        try
        {
            shared = Curve25519.Agree(ours.Private, theirs);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new NoiseException("The peer's handshake key is unusable.", e);
        }
        Derive(shared, _salt, _key);
        CryptographicOperations.ZeroMemory(shared);
        _counter = 0;
    }

    public byte[] Encrypt(ReadOnlySpan<byte> plaintext)
    {
        var output = new byte[plaintext.Length + NoiseProtocol.TagSize];
        Span<byte> nonce = stackalloc byte[NoiseProtocol.NonceSize];
        WriteNonce(nonce, _counter++);
        using var aes = new AesGcm(_key, NoiseProtocol.TagSize);
        aes.Encrypt(
            nonce,
            plaintext,
            output.AsSpan(0, plaintext.Length),
            output.AsSpan(plaintext.Length),
            _hash
        );
        MixHash(output);
        return output;
    }

    /// <exception cref="NoiseException">The bytes were not made with the same keys and history.</exception>
    public byte[] Decrypt(ReadOnlySpan<byte> ciphertext, string what)
    {
        if (ciphertext.Length < NoiseProtocol.TagSize)
            throw new NoiseException($"The peer's {what} is shorter than its authentication tag.");
        var plaintext = new byte[ciphertext.Length - NoiseProtocol.TagSize];
        Span<byte> nonce = stackalloc byte[NoiseProtocol.NonceSize];
        WriteNonce(nonce, _counter++);
        using var aes = new AesGcm(_key, NoiseProtocol.TagSize);
        try
        {
            aes.Decrypt(
                nonce,
                ciphertext[..plaintext.Length],
                ciphertext[plaintext.Length..],
                plaintext,
                _hash
            );
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new NoiseException(
                $"The peer's {what} does not decrypt: damaged on the way, or not meant for us.",
                e
            );
        }
        MixHash(ciphertext);
        return plaintext;
    }

    /// <summary>The two keys after the handshake: the initiator writes with the first and reads with the second.</summary>
    public (byte[] First, byte[] Second) Split()
    {
        var first = new byte[NoiseProtocol.KeySize];
        var second = new byte[NoiseProtocol.KeySize];
        Derive([], first, second);
        return (first, second);
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_salt);
        CryptographicOperations.ZeroMemory(_key);
    }

    /// <summary>8 zero bytes and the counter, big-endian.</summary>
    internal static void WriteNonce(Span<byte> nonce, uint counter)
    {
        nonce.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(nonce[8..], counter);
    }

    /// <summary>
    /// HKDF-SHA256 with empty info, 64 bytes. Written with HMAC, since OpenSSL's HKDF refuses the empty input of the split.
    /// </summary>
    private void Derive(ReadOnlySpan<byte> input, Span<byte> first, Span<byte> second)
    {
        Span<byte> extracted = stackalloc byte[NoiseProtocol.KeySize];
        Span<byte> next = stackalloc byte[NoiseProtocol.KeySize + 1];
        HMACSHA256.HashData(_salt, input, extracted);
        HMACSHA256.HashData(extracted, [1], first);
        first.CopyTo(next);
        next[^1] = 2;
        HMACSHA256.HashData(extracted, next, second);
        CryptographicOperations.ZeroMemory(extracted);
        CryptographicOperations.ZeroMemory(next);
    }
}
