using System.Security.Cryptography;
using WaOperator.WhatsApp.Crypto;

namespace WaOperator.WhatsApp;

/// <summary>A Curve25519 key pair, 32 bytes each. Disposing it zeroes the private key.</summary>
public sealed class KeyPair : IDisposable
{
    private KeyPair(byte[] privateKey, byte[] publicKey) =>
        (Private, Public) = (privateKey, publicKey);

    /// <summary>The private key (a clamped scalar when made here). Never log it.</summary>
    public byte[] Private { get; }

    /// <summary>The public key, without the type byte 05 that Signal puts before it.</summary>
    public byte[] Public { get; }

    /// <summary>Makes a new pair from the operating system's random numbers.</summary>
    public static KeyPair Generate()
    {
        var secret = RandomNumberGenerator.GetBytes(Curve25519.KeySize);
        Curve25519.Clamp(secret);
        return new(secret, Curve25519.PublicOf(secret));
    }

    /// <summary>Takes over a private key and derives the public one.</summary>
    /// <exception cref="ArgumentException">The key is not 32 bytes long.</exception>
    public static KeyPair FromPrivate(ReadOnlySpan<byte> privateKey) =>
        new(privateKey.ToArray(), Curve25519.PublicOf(privateKey));

    /// <summary>Takes over a pair as it was stored, without deriving anything.</summary>
    /// <exception cref="ArgumentException">A key is not 32 bytes long.</exception>
    public static KeyPair FromStored(ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> publicKey)
    {
        Curve25519.CheckSize(privateKey, nameof(privateKey));
        Curve25519.CheckSize(publicKey, nameof(publicKey));
        return new(privateKey.ToArray(), publicKey.ToArray());
    }

    /// <inheritdoc/>
    public void Dispose() => CryptographicOperations.ZeroMemory(Private);
}
