using System.Security.Cryptography;
using Google.Protobuf;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Pairing;

/// <summary>What the phone signed does not hold.</summary>
internal sealed class AdvRejectedException(string message, string wireText) : Exception(message)
{
    /// <summary>What is sent to the server.</summary>
    public string WireText { get; } = wireText;
}

/// <summary>
/// The account-device verification: the phone proves that it read the QR code (an HMAC with its secret) and signs the
/// device's identity; the device signs back. Pure but for the signature's random part.
/// </summary>
internal static class Adv
{
    private static ReadOnlySpan<byte> AccountPrefix => [6, 0];
    private static ReadOnlySpan<byte> DevicePrefix => [6, 1];
    private static ReadOnlySpan<byte> HostedAccountPrefix => [6, 5];

    /// <summary>Checks what came with pair-success and signs it.</summary>
    /// <returns>The account to store, and the key index that the answer names.</returns>
    /// <exception cref="AdvRejectedException">The HMAC or the account's signature is wrong, or the bytes are malformed.</exception>
    internal static (DeviceAccount Account, uint KeyIndex) Accept(
        ReadOnlySpan<byte> identityHmac,
        DeviceCredentials credentials
    )
    {
        try
        {
            var outer = ADVSignedDeviceIdentityHMAC.Parser.ParseFrom(identityHmac);
            CheckHmac(outer, credentials.AdvSecret);
            var signed = ADVSignedDeviceIdentity.Parser.ParseFrom(outer.Details);
            var details = ADVDeviceIdentity.Parser.ParseFrom(signed.Details);
            var identity = credentials.IdentityKey;
            var prefix =
                details.DeviceType == ADVEncryptionType.Hosted
                    ? HostedAccountPrefix
                    : AccountPrefix;
            byte[] accountMessage = [.. prefix, .. signed.Details.Span, .. identity.Public];
            if (
                !XEdDsa.Verify(
                    signed.AccountSignatureKey.Span,
                    accountMessage,
                    signed.AccountSignature.Span
                )
            )
                throw new AdvRejectedException(
                    "The phone's signature of this device is wrong.",
                    "signature-mismatch"
                );

            byte[] deviceMessage =
            [
                .. DevicePrefix,
                .. signed.Details.Span,
                .. identity.Public,
                .. signed.AccountSignatureKey.Span,
            ];
            var account = new DeviceAccount(
                signed.Details.ToByteArray(),
                signed.AccountSignatureKey.ToByteArray(),
                signed.AccountSignature.ToByteArray(),
                XEdDsa.Sign(identity.Private, deviceMessage)
            );
            return (account, details.KeyIndex);
        }
        catch (Exception e) when (ProtobufFault.Is(e))
        {
            throw new AdvRejectedException(
                $"The phone's word for this device is malformed: {e.Message}",
                "not-acceptable"
            );
        }
    }

    /// <summary>The serialised ADVSignedDeviceIdentity, as stanzas carry it.</summary>
    /// <param name="account">The account.</param>
    /// <param name="withKey">Whether the account's key is included: in messages, not in the answer to the pairing.</param>
    public static byte[] Encode(DeviceAccount account, bool withKey)
    {
        var signed = new ADVSignedDeviceIdentity
        {
            Details = ByteString.CopyFrom(account.Details),
            AccountSignature = ByteString.CopyFrom(account.AccountSignature),
            DeviceSignature = ByteString.CopyFrom(account.DeviceSignature),
        };
        if (withKey)
            signed.AccountSignatureKey = ByteString.CopyFrom(account.AccountSignatureKey);
        return signed.ToByteArray();
    }

    private static void CheckHmac(ADVSignedDeviceIdentityHMAC outer, byte[] secret)
    {
        var prefix = outer.AccountType == ADVEncryptionType.Hosted ? HostedAccountPrefix : [];
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret, (byte[])[.. prefix, .. outer.Details.Span], expected);
        if (!CryptographicOperations.FixedTimeEquals(expected, outer.Hmac.Span))
            throw new AdvRejectedException(
                "The phone did not prove that it read this device's code.",
                "hmac-mismatch"
            );
    }
}
