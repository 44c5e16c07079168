using System.Numerics;
using System.Security.Cryptography;

namespace WaOperator.WhatsApp.Crypto;

/// <summary>
/// Signatures with Curve25519 keys: XEdDSA as Signal's libraries use it. The sign bit of the Ed25519 public key
/// is in the top bit of the signature's last byte.
/// </summary>
internal static class XEdDsa
{
    /// <summary>The length of a signature, in bytes.</summary>
    public const int SignatureSize = 64;

    private const int RandomSize = 64;
    private const byte SignBit = 0x80;

    private static readonly BigInteger Prime = BigInteger.Pow(2, 255) - 19;

    /// <summary>Signs with a Curve25519 private key. Two signatures of one message differ.</summary>
    /// <exception cref="ArgumentException">The key is not 32 bytes long.</exception>
    public static byte[] Sign(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> message)
    {
        Curve25519.CheckSize(privateKey, nameof(privateKey));
        Span<byte> random = stackalloc byte[RandomSize];
        RandomNumberGenerator.Fill(random);
        return Sign(privateKey, message, random);
    }

    internal static byte[] Sign(
        ReadOnlySpan<byte> privateKey,
        ReadOnlySpan<byte> message,
        ReadOnlySpan<byte> random
    )
    {
        Span<byte> a = stackalloc byte[32];
        Span<byte> r = stackalloc byte[32];
        Span<byte> h = stackalloc byte[32];
        Span<byte> publicKey = stackalloc byte[32];
        Span<byte> prefix = stackalloc byte[32];
        prefix.Fill(0xFF);
        prefix[0] = 0xFE;
        var signature = new byte[SignatureSize];
        try
        {
            privateKey.CopyTo(a);
            Curve25519.Clamp(a);
            Multiply(publicKey, a);

            HashToScalar(r, prefix, a, message, random);
            Multiply(signature, r);

            HashToScalar(h, signature.AsSpan(0, 32), publicKey, message, []);
            var s = signature.AsSpan(32);
            Sodium.crypto_core_ed25519_scalar_mul(s, h, a);
            Sodium.crypto_core_ed25519_scalar_add(s, s, r);
            signature[63] = (byte)(signature[63] & ~SignBit | publicKey[31] & SignBit);
            return signature;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(a);
            CryptographicOperations.ZeroMemory(r);
        }
    }

    /// <summary>Checks a signature with a Curve25519 public key. False for anything malformed.</summary>
    public static bool Verify(
        ReadOnlySpan<byte> publicKey,
        ReadOnlySpan<byte> message,
        ReadOnlySpan<byte> signature
    )
    {
        if (publicKey.Length != Curve25519.KeySize || signature.Length != SignatureSize)
            return false;
        Span<byte> edwards = stackalloc byte[32];
        if (!TryToEdwards(publicKey, edwards))
            return false;
        edwards[31] |= (byte)(signature[63] & SignBit);
        Span<byte> plain = stackalloc byte[SignatureSize];
        signature.CopyTo(plain);
        plain[63] &= 0x7F;
        return Sodium.crypto_sign_ed25519_verify_detached(
                plain,
                message,
                (ulong)message.Length,
                edwards
            ) == 0;
    }

    /// <summary>The birational map u -> y = (u - 1) / (u + 1). Works on public values only, so it need not be constant-time.</summary>
    private static bool TryToEdwards(ReadOnlySpan<byte> montgomery, Span<byte> edwards)
    {
        Span<byte> masked = stackalloc byte[32];
        montgomery.CopyTo(masked);
        masked[31] &= 0x7F;
        var u = new BigInteger(masked, isUnsigned: true) % Prime;
        var denominator = (u + 1) % Prime;
        if (denominator.IsZero)
            return false;
        var y = (u + Prime - 1) * BigInteger.ModPow(denominator, Prime - 2, Prime) % Prime;
        edwards.Clear();
        return y.TryWriteBytes(edwards, out _, isUnsigned: true);
    }

    private static void Multiply(Span<byte> point, ReadOnlySpan<byte> scalar)
    {
        if (Sodium.crypto_scalarmult_ed25519_base_noclamp(point, scalar) != 0)
            throw new CryptographicException("The scalar is zero: the private key is unusable.");
    }

    private static void HashToScalar(
        Span<byte> scalar,
        ReadOnlySpan<byte> first,
        ReadOnlySpan<byte> second,
        ReadOnlySpan<byte> third,
        ReadOnlySpan<byte> fourth
    )
    {
        Span<byte> wide = stackalloc byte[64];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        hash.AppendData(first);
        hash.AppendData(second);
        hash.AppendData(third);
        hash.AppendData(fourth);
        hash.GetHashAndReset(wide);
        Sodium.crypto_core_ed25519_scalar_reduce(scalar, wide);
        CryptographicOperations.ZeroMemory(wide);
    }
}
