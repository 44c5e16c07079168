using System.Security.Cryptography;
using WaOperator.WhatsApp.Pairing;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Server;

/// <summary>The phone's half of linking with a passkey; <see cref="PasskeyCeremony"/> has the device's.</summary>
internal static class PhonePasskey
{
    /// <summary>Reads the keys that a device hands over.</summary>
    /// <param name="ephemeral">The phone's part of the key.</param>
    /// <param name="identity">What the device said of itself.</param>
    /// <param name="message">What it sent.</param>
    /// <exception cref="CryptographicException">It is not for this phone, or was changed.</exception>
    /// <exception cref="Google.Protobuf.InvalidProtocolBufferException">It is malformed.</exception>
    public static PairingRequest Open(
        KeyPair ephemeral,
        CompanionEphemeralIdentity identity,
        byte[] message
    )
    {
        var request = EncryptedPairingRequest.Parser.ParseFrom(message);
        if (
            request.IV.Length != PasskeyCeremony.IvSize
            || request.EncryptedPayload.Length < PasskeyCeremony.TagSize
        )
            throw new CryptographicException("The message has a wrong length.");
        var key = PasskeyCeremony.Key(
            ephemeral.Private,
            identity.PublicKey.Span,
            identity.DeviceType,
            identity.Ref
        );
        var length = request.EncryptedPayload.Length - PasskeyCeremony.TagSize;
        var plain = new byte[length];
        using var aes = new AesGcm(key, PasskeyCeremony.TagSize);
        aes.Decrypt(
            request.IV.Span,
            request.EncryptedPayload.Span[..length],
            request.EncryptedPayload.Span[length..],
            plain
        );
        return PairingRequest.Parser.ParseFrom(plain);
    }
}
