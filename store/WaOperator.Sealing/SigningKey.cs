using System.Security.Cryptography;

namespace WaOperator.Sealing;

/// <summary>
/// Signatures of Ed25519 (RFC 8032) by libsodium (https://doc.libsodium.org/public-key_cryptography/public-key_signatures). A key is its
/// seed and, behind it, its public key.
/// </summary>
public static class SigningKey
{
    /// <summary>Length of a key, in bytes.</summary>
    public const int Size = SeedSize + PublicSize;

    /// <summary>Length of what a key is made from.</summary>
    public const int SeedSize = 32;

    /// <summary>Length of a signature.</summary>
    public const int SignatureSize = 64;

    private const int PublicSize = 32;

    /// <summary>The key of a seed, or of a whole key. The caller zeroes it.</summary>
    /// <param name="bytes">Any bytes.</param>
    /// <returns>Null: they are neither, or the public key is not that of the seed.</returns>
    public static byte[]? Of(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is not (SeedSize or Size))
            return null;
        var key = new byte[Size];
        Span<byte> open = stackalloc byte[PublicSize];
        Check(Sodium.crypto_sign_seed_keypair(open, key, bytes[..SeedSize]));
        if (bytes.Length == SeedSize || CryptographicOperations.FixedTimeEquals(key, bytes))
            return key;
        CryptographicOperations.ZeroMemory(key);
        return null;
    }

    /// <summary>Signs.</summary>
    /// <param name="key">What <see cref="Of"/> gave.</param>
    /// <param name="message">Any length.</param>
    /// <exception cref="ArgumentException">The key has another length.</exception>
    public static byte[] Sign(ReadOnlySpan<byte> key, ReadOnlySpan<byte> message)
    {
        if (key.Length != Size)
            throw new ArgumentException(
                $"a key that signs has {Size} bytes, this one {key.Length}",
                nameof(key)
            );
        var signature = new byte[SignatureSize];
        Check(Sodium.crypto_sign_detached(signature, 0, message, (ulong)message.Length, key));
        return signature;
    }

    private static void Check(int result)
    {
        if (result != 0)
            throw new CryptographicException("libsodium refused");
    }
}
