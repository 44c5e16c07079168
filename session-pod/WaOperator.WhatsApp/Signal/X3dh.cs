using System.Security.Cryptography;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Signal;

/// <summary>Extended triple Diffie-Hellman, both roles: the first root key of a session.</summary>
internal static class X3dh
{
    /// <summary>The initiator's side.</summary>
    public static byte[] Initiate(KeyPair identity, KeyPair baseKey, PreKeyBundle bundle) =>
        Join(
            PublicKeys.Agree(identity.Private, bundle.SignedPreKey),
            PublicKeys.Agree(baseKey.Private, bundle.IdentityKey),
            PublicKeys.Agree(baseKey.Private, bundle.SignedPreKey),
            bundle.PreKey is null ? [] : PublicKeys.Agree(baseKey.Private, bundle.PreKey)
        );

    /// <summary>The side whose prekeys were used.</summary>
    public static byte[] Accept(
        KeyPair identity,
        SignedPreKey signedPreKey,
        PreKey? preKey,
        PreKeyWhisperMessage message
    ) =>
        Join(
            PublicKeys.Agree(signedPreKey.Key.Private, message.IdentityKey),
            PublicKeys.Agree(identity.Private, message.BaseKey),
            PublicKeys.Agree(signedPreKey.Key.Private, message.BaseKey),
            preKey is null ? [] : PublicKeys.Agree(preKey.Key.Private, message.BaseKey)
        );

    private static byte[] Join(params ReadOnlySpan<byte[]> agreements)
    {
        Span<byte> joined = stackalloc byte[Curve25519.KeySize * (1 + agreements.Length)];
        joined[..Curve25519.KeySize].Fill(0xFF);
        var at = Curve25519.KeySize;
        foreach (var shared in agreements)
        {
            shared.CopyTo(joined[at..]);
            at += shared.Length;
            CryptographicOperations.ZeroMemory(shared);
        }
        var root = Derivation.FirstRoot(joined[..at]);
        CryptographicOperations.ZeroMemory(joined);
        return root;
    }
}
