using System.Security.Cryptography;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Pairing;

namespace WaOperator.WhatsApp.Server;

/// <summary>The phone's half of pairing by a code that is typed into it; <see cref="LinkCode"/> has the device's.</summary>
internal static class PhoneLinkCode
{
    /// <summary>The phone's part after the device's finish.</summary>
    /// <returns>The device's identity key, and the secret.</returns>
    /// <exception cref="CryptographicException">The code that was typed in is another, or the bundle is not for this phone.</exception>
    public static (byte[] Identity, byte[] AdvSecret) Accept(
        KeyPair phoneEphemeral,
        KeyPair phoneIdentity,
        byte[] ephemeral,
        byte[] bundle
    )
    {
        if (
            bundle.Length
            != LinkCode.SaltSize + LinkCode.NonceSize + LinkCode.BundleSize + LinkCode.TagSize
        )
            throw new CryptographicException("The bundle has a wrong length.");
        var shared = Curve25519.Agree(phoneEphemeral.Private, ephemeral);
        var plain = new byte[LinkCode.BundleSize];
        using var aes = new AesGcm(LinkCode.BundleKey(shared, bundle), LinkCode.TagSize);
        aes.Decrypt(
            bundle.AsSpan(LinkCode.SaltSize, LinkCode.NonceSize),
            bundle.AsSpan(LinkCode.SaltSize + LinkCode.NonceSize, LinkCode.BundleSize),
            bundle.AsSpan(^LinkCode.TagSize..),
            plain
        );
        var identity = plain[..Curve25519.KeySize];
        if (
            !plain
                .AsSpan(Curve25519.KeySize, Curve25519.KeySize)
                .SequenceEqual(phoneIdentity.Public)
        )
            throw new CryptographicException("The bundle is for another phone.");
        var random = plain[(2 * Curve25519.KeySize)..];
        return (
            identity,
            LinkCode.Secret(shared, Curve25519.Agree(phoneIdentity.Private, identity), random)
        );
    }
}
