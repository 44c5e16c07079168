using System.Security.Cryptography;

namespace WaOperator.Sealing;

/// <summary>
/// What the operator hands to pods through the database and only they can read: libsodium's sealed boxes (X25519, XSalsa20-Poly1305;
/// https://doc.libsodium.org/public-key_cryptography/sealed_boxes). Who has the public key seals, and cannot open again.
/// </summary>
public static class SealedBox
{
    /// <summary>Length of either key, in bytes.</summary>
    public const int KeySize = 32;

    /// <summary>By how many bytes a box is longer than what is in it.</summary>
    public const int Overhead = 48;

    /// <summary>Makes a pair of keys. The caller zeroes the private one.</summary>
    public static (byte[] Public, byte[] Private) CreateKeys()
    {
        var (open, secret) = (new byte[KeySize], new byte[KeySize]);
        Check(Sodium.crypto_box_keypair(open, secret));
        return (open, secret);
    }

    /// <summary>Seals.</summary>
    /// <param name="publicKey">Whose box it is: <see cref="KeySize"/> bytes.</param>
    /// <param name="plain">Any length.</param>
    /// <exception cref="ArgumentException">The key has another length.</exception>
    public static byte[] Seal(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> plain)
    {
        Require(publicKey, nameof(publicKey));
        var box = new byte[plain.Length + Overhead];
        Check(Sodium.crypto_box_seal(box, plain, (ulong)plain.Length, publicKey));
        return box;
    }

    /// <summary>Opens. The caller zeroes the result.</summary>
    /// <param name="publicKey">The key that it was sealed with.</param>
    /// <param name="privateKey">Its counterpart.</param>
    /// <param name="box">Any bytes.</param>
    /// <exception cref="ArgumentException">A key has another length.</exception>
    /// <exception cref="CryptographicException">Damaged, cut off, or sealed for another key.</exception>
    public static byte[] Open(
        ReadOnlySpan<byte> publicKey,
        ReadOnlySpan<byte> privateKey,
        ReadOnlySpan<byte> box
    )
    {
        Require(publicKey, nameof(publicKey));
        Require(privateKey, nameof(privateKey));
        if (box.Length < Overhead)
            throw new CryptographicException("a sealed box is cut off");
        var plain = new byte[box.Length - Overhead];
        if (Sodium.crypto_box_seal_open(plain, box, (ulong)box.Length, publicKey, privateKey) != 0)
            throw new CryptographicException(
                "a sealed box cannot be opened: it is damaged, or sealed for another key"
            );
        return plain;
    }

    private static void Require(ReadOnlySpan<byte> key, string name)
    {
        if (key.Length != KeySize)
            throw new ArgumentException($"a key has {KeySize} bytes, this one {key.Length}", name);
    }

    private static void Check(int result)
    {
        if (result != 0)
            throw new CryptographicException("libsodium refused");
    }
}
