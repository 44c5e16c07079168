using System.Security.Cryptography;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Crypto;

namespace WaOperator.Simulator.Accounts;

/// <summary>The keys of a phone, which are others once WhatsApp is installed on it again.</summary>
/// <param name="Identity">The account's identity key.</param>
/// <param name="RegistrationId">The phone's own registration id.</param>
/// <param name="RawId">Names the account's list of devices in what the phone signs.</param>
/// <param name="SignedPreKey">The phone's own signed prekey.</param>
/// <param name="SignedPreKeyPrivate">Its private key; null: it was stored before there was a use for it.</param>
internal sealed record PhoneKeys(
    KeyPair Identity,
    uint RegistrationId,
    uint RawId,
    SignedPreKey SignedPreKey,
    byte[]? SignedPreKeyPrivate
)
{
    /// <summary>Makes fresh ones.</summary>
    public static PhoneKeys Create()
    {
        var identity = KeyPair.Generate();
        using var signed = KeyPair.Generate();
        return new(
            identity,
            (uint)RandomNumberGenerator.GetInt32(1, 16_381),
            (uint)RandomNumberGenerator.GetInt32(1, int.MaxValue),
            new(1, signed.Public, XEdDsa.Sign(identity.Private, [Phone.KeyType, .. signed.Public])),
            [.. signed.Private]
        );
    }
}
