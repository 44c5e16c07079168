using System.Security.Cryptography;
using WaOperator.PhoneNumbers;

namespace WaOperator.WhatsApp.Storage;

/// <summary>
/// Who a device is: its long-lived keys, and after pairing its account. The fields are those that other clients of
/// this protocol keep, so that a device can be carried over. All private parts are secrets; see
/// <see cref="CredentialsJson"/> for a form to store.
/// </summary>
public sealed record DeviceCredentials
{
    private const int AdvSecretSize = 32;

    /// <summary>The static key of the Noise handshake: the server knows the device by it.</summary>
    public required KeyPair NoiseKey { get; init; }

    /// <summary>The key for pairing by a code typed into the phone.</summary>
    public required KeyPair PairingEphemeralKey { get; init; }

    /// <summary>The Signal identity.</summary>
    public required KeyPair IdentityKey { get; init; }

    /// <summary>The current signed prekey.</summary>
    public required SignedPreKey SignedPreKey { get; init; }

    /// <summary>When <see cref="SignedPreKey"/> became the current one; null: not known, as of a device that was carried over.</summary>
    public DateTimeOffset? SignedPreKeyAt { get; init; }

    /// <summary>Its successor, which the server may or may not have; null where none is under way.</summary>
    public SignedPreKey? NextSignedPreKey { get; init; }

    /// <summary>Its predecessor: sessions may have been begun with it that have not been heard of yet. Null before the first rotation.</summary>
    public SignedPreKey? FormerSignedPreKey { get; init; }

    /// <summary>Signal's registration id, 1 to 16,380.</summary>
    public required int RegistrationId { get; init; }

    /// <summary>The secret that the QR code carries to the phone, 32 bytes: it authenticates the phone's answer.</summary>
    public required byte[] AdvSecret { get; init; }

    /// <summary>The id of the next one-time prekey to be made. Default 1.</summary>
    public uint NextPreKeyId { get; init; } = 1;

    /// <summary>The first one-time prekey that the server is not known to have. Default 1.</summary>
    public uint FirstUnuploadedPreKeyId { get; init; } = 1;

    /// <summary>What the phone signed; null before pairing.</summary>
    public DeviceAccount? Account { get; init; }

    /// <summary>The device's address by phone number; null before pairing.</summary>
    public Jid? Me { get; init; }

    /// <summary>The device's address by LID.</summary>
    public Jid? Lid { get; init; }

    /// <summary>The account's display name, as far as known.</summary>
    public string? PushName { get; init; }

    /// <summary>The phone's platform.</summary>
    public string? Platform { get; init; }

    /// <summary>Where the server wants the next connection to go; sent before the handshake.</summary>
    public byte[]? RoutingInfo { get; init; }

    /// <summary>The hash of the server properties seen last.</summary>
    public string? LastPropHash { get; init; }

    /// <summary>The current key of the app state, as other clients name it; kept for them.</summary>
    public string? AppStateKeyId { get; init; }

    /// <summary>True once a phone accepted the device.</summary>
    public bool IsPaired => Me is not null && Account is not null;

    /// <summary>The signed prekey of that id that others may have begun a session with; null if there is none.</summary>
    internal SignedPreKey? FindSignedPreKey(uint id) =>
        SignedPreKey.Id == id ? SignedPreKey
        : NextSignedPreKey?.Id == id ? NextSignedPreKey
        : FormerSignedPreKey?.Id == id ? FormerSignedPreKey
        : null;

    /// <summary>Makes the keys of a new device.</summary>
    public static DeviceCredentials Create()
    {
        var identity = KeyPair.Generate();
        return new()
        {
            NoiseKey = KeyPair.Generate(),
            PairingEphemeralKey = KeyPair.Generate(),
            IdentityKey = identity,
            SignedPreKey = SignedPreKey.Create(identity, 1),
            RegistrationId = RandomNumberGenerator.GetInt32(1, 16_381),
            AdvSecret = RandomNumberGenerator.GetBytes(AdvSecretSize),
        };
    }

    /// <summary>The masked number only.</summary>
    public override string ToString() =>
        Me is { } me ? $"device of {PhoneNumber.Mask(me.User)}" : "unpaired device";
}

/// <summary>The phone's word for a device (ADVSignedDeviceIdentity), and the device's own signature.</summary>
/// <param name="Details">The serialised ADVDeviceIdentity.</param>
/// <param name="AccountSignatureKey">The phone's identity key, 32 bytes.</param>
/// <param name="AccountSignature">By the phone, 64 bytes.</param>
/// <param name="DeviceSignature">By the device, 64 bytes.</param>
public sealed record DeviceAccount(
    byte[] Details,
    byte[] AccountSignatureKey,
    byte[] AccountSignature,
    byte[] DeviceSignature
);
