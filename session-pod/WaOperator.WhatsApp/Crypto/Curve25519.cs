using System.Security.Cryptography;

namespace WaOperator.WhatsApp.Crypto;

/// <summary>X25519 key agreement (RFC 7748), by libsodium.</summary>
internal static class Curve25519
{
    /// <summary>The length of every key and shared secret, in bytes.</summary>
    public const int KeySize = 32;

    /// <summary>The shared secret of our private and their public key.</summary>
    /// <exception cref="ArgumentException">A key is not 32 bytes long.</exception>
    /// <exception cref="CryptographicException">The public key is a point of low order, which gives no secret.</exception>
    public static byte[] Agree(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> publicKey)
    {
        CheckSize(privateKey, nameof(privateKey));
        CheckSize(publicKey, nameof(publicKey));
        var shared = new byte[KeySize];
        return Sodium.crypto_scalarmult_curve25519(shared, privateKey, publicKey) == 0
            ? shared
            : throw new CryptographicException("The peer's public key is a point of low order.");
    }

    /// <summary>The public key of a private key.</summary>
    /// <exception cref="ArgumentException">The key is not 32 bytes long.</exception>
    public static byte[] PublicOf(ReadOnlySpan<byte> privateKey)
    {
        CheckSize(privateKey, nameof(privateKey));
        var point = new byte[KeySize];
        _ = Sodium.crypto_scalarmult_curve25519_base(point, privateKey);
        return point;
    }

    internal static void Clamp(Span<byte> scalar)
    {
        scalar[0] &= 248;
        scalar[31] = (byte)(scalar[31] & 127 | 64);
    }

    internal static void CheckSize(ReadOnlySpan<byte> key, string name)
    {
        if (key.Length != KeySize)
            throw new ArgumentException(
                $"A Curve25519 key has {KeySize} bytes, not {key.Length}.",
                name
            );
    }
}
