using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Pairing;

/// <summary>
/// The arithmetic of linking with a passkey. The device commits itself to a nonce, learns the phone's, and reveals its own: from both
/// follow eight characters that are the same on both screens only if nothing stands between them. Then it hands its keys over, encrypted
/// by a key of both. Pure but for random bytes.
/// </summary>
internal static class PasskeyCeremony
{
    public const int NonceSize = 32;

    internal const int IvSize = 12;
    internal const int TagSize = 16;
    private const int KeySize = 32;

    /// <summary>How many bytes of the nonces the code shows; eight characters of five bits.</summary>
    private const int CodeBytes = 5;

    private static ReadOnlySpan<byte> HandoffInfo => "shortcake-passkey-handoff-v1"u8;
    private static ReadOnlySpan<byte> RequestInfo => "Pairing Information Encryption Key"u8;

    /// <summary>The key that ties the ceremony to the QR code that carried a secret.</summary>
    public static byte[] HandoffKey(byte[] advSecret) =>
        HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            advSecret,
            KeySize,
            salt: null,
            HandoffInfo.ToArray()
        );

    /// <summary>Proves that the device still has the secret that its QR code carried.</summary>
    public static byte[] Proof(byte[] handoffKey, ReadOnlySpan<byte> prologue) =>
        HMACSHA256.HashData(handoffKey, prologue);

    /// <summary>Binds the device to a nonce that it does not show yet.</summary>
    public static byte[] Commitment(ReadOnlySpan<byte> identity, ReadOnlySpan<byte> nonce) =>
        SHA256.HashData((byte[])[.. identity, .. nonce]);

    /// <summary>What the device says of itself, and the payload that carries it with the commitment.</summary>
    public static byte[] Prologue(
        ReadOnlySpan<byte> publicKey,
        string reference,
        ReadOnlySpan<byte> nonce
    )
    {
        var identity = new CompanionEphemeralIdentity
        {
            PublicKey = ByteString.CopyFrom(publicKey),
            DeviceType = QrContent.DeviceType,
            Ref = reference,
        }.ToByteArray();
        return new ProloguePayload
        {
            CompanionEphemeralIdentity = ByteString.CopyFrom(identity),
            Commitment = new() { Hash = ByteString.CopyFrom(Commitment(identity, nonce)) },
        }.ToByteArray();
    }

    /// <summary>The characters that both sides show.</summary>
    /// <param name="phoneNonce">The phone's nonce.</param>
    /// <param name="nonce">The device's nonce.</param>
    /// <param name="phoneKey">The phone's ephemeral public key.</param>
    public static string Code(
        ReadOnlySpan<byte> phoneNonce,
        ReadOnlySpan<byte> nonce,
        ReadOnlySpan<byte> phoneKey
    )
    {
        var mask = SHA256.HashData((byte[])[.. nonce, .. phoneKey]);
        ulong bits = 0;
        for (var i = 0; i < CodeBytes; i++)
            bits = bits << 8 | (byte)(phoneNonce[i] ^ mask[i]);
        return string.Create(
            LinkCode.Length,
            bits,
            static (text, value) =>
            {
                for (var i = text.Length - 1; i >= 0; i--, value >>= 5)
                    text[i] = LinkCode.Alphabet[(int)(value & 31)];
            }
        );
    }

    /// <summary>The key of both sides.</summary>
    /// <exception cref="CryptographicException">The other's key is a point of low order.</exception>
    public static byte[] Key(
        ReadOnlySpan<byte> privateKey,
        ReadOnlySpan<byte> publicKey,
        uint deviceType,
        string reference
    )
    {
        var shared = Curve25519.Agree(privateKey, publicKey);
        var salt = string.Create(
            CultureInfo.InvariantCulture,
            $"Companion Pairing {deviceType} with ref {reference}"
        );
        var key = HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            shared,
            KeySize,
            Encoding.UTF8.GetBytes(salt),
            RequestInfo.ToArray()
        );
        CryptographicOperations.ZeroMemory(shared);
        return key;
    }

    /// <summary>The device's keys and the secret that the phone's word will be authenticated by, encrypted.</summary>
    public static byte[] Seal(
        byte[] key,
        ReadOnlySpan<byte> noiseKey,
        ReadOnlySpan<byte> identity,
        ReadOnlySpan<byte> advSecret
    )
    {
        var plain = new PairingRequest
        {
            CompanionPublicKey = ByteString.CopyFrom(noiseKey),
            CompanionIdentityKey = ByteString.CopyFrom(identity),
            AdvSecret = ByteString.CopyFrom(advSecret),
        }.ToByteArray();
        var iv = RandomNumberGenerator.GetBytes(IvSize);
        var sealedBytes = new byte[plain.Length + TagSize];
        using var aes = new AesGcm(key, TagSize);
        aes.Encrypt(
            iv,
            plain,
            sealedBytes.AsSpan(..plain.Length),
            sealedBytes.AsSpan(plain.Length..)
        );
        CryptographicOperations.ZeroMemory(plain);
        return new EncryptedPairingRequest
        {
            EncryptedPayload = ByteString.CopyFrom(sealedBytes),
            IV = ByteString.CopyFrom(iv),
        }.ToByteArray();
    }
}
