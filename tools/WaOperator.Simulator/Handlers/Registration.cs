using System.Buffers.Binary;
using Google.Protobuf;
using WaOperator.Simulator.Accounts;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.Simulator.Handlers;

/// <summary>What a new device registers with, checked; it becomes a linked device once a phone has scanned its code.</summary>
internal sealed class Registration
{
    private const int RegistrationIdSize = 4;
    private const int PreKeyIdSize = 3;

    /// <summary>The device's Noise static key.</summary>
    public required byte[] NoiseKey { get; init; }

    /// <summary>The device's identity key.</summary>
    public required byte[] Identity { get; init; }

    /// <summary>The device's registration id.</summary>
    public required uint RegistrationId { get; init; }

    /// <summary>The device's signed prekey; its signature was verified.</summary>
    public required SignedPreKey SignedPreKey { get; init; }

    /// <summary>How the device calls itself.</summary>
    public required string Platform { get; init; }

    /// <summary>As what it registered: 1 is Chrome.</summary>
    public required uint DeviceType { get; init; }

    /// <summary>It says how much of the past it takes.</summary>
    public required bool AsksForHistory { get; init; }

    /// <summary>It takes all of the past.</summary>
    public required bool AsksForFullHistory { get; init; }

    /// <summary>The references that its QR codes carry.</summary>
    public IReadOnlyList<string> References { get; set; } = [];

    /// <summary>The device waits for a code to be typed into a phone; null: only for a scan.</summary>
    public CodeOffer? Code { get; set; }

    /// <summary>The account's passkey is demanded of it; null: it is not.</summary>
    public PasskeyDemand? Passkey { get; set; }

    /// <summary>The link under way: a phone has scanned and waits for the device's signature.</summary>
    public Link? Link { get; set; }

    /// <summary>Reads and checks a registration.</summary>
    /// <exception cref="ProtocolViolationException">Says what is wrong with it.</exception>
    public static Registration Read(
        byte[] noiseKey,
        ClientPayload.Types.DevicePairingRegistrationData data
    )
    {
        var identity = data.EIdent.ToByteArray();
        var value = data.ESkeyVal.ToByteArray();
        var signature = data.ESkeySig.ToByteArray();
        if (
            data.ERegid.Length != RegistrationIdSize
            || data.ESkeyId.Length != PreKeyIdSize
            || data.EKeytype is not { Length: 1 } type
            || type[0] != Phone.KeyType
            || identity.Length != Curve25519.KeySize
            || value.Length != Curve25519.KeySize
        )
        {
            throw new ProtocolViolationException(
                "registration with a missing field or a field of wrong length or type"
            );
        }
        if (!XEdDsa.Verify(identity, [Phone.KeyType, .. value], signature))
            throw new ProtocolViolationException(
                "registration whose signed prekey is not signed by its identity"
            );
        return new()
        {
            NoiseKey = noiseKey,
            Identity = identity,
            RegistrationId = BinaryPrimitives.ReadUInt32BigEndian(data.ERegid.Span),
            SignedPreKey = new(Id24(data.ESkeyId.Span), value, signature),
            AsksForHistory = PropsOf(data.DeviceProps).HistorySyncConfig is not null,
            AsksForFullHistory = PropsOf(data.DeviceProps).RequireFullSync,
            Platform = PropsOf(data.DeviceProps).Os,
            DeviceType = (uint)PropsOf(data.DeviceProps).PlatformType,
        };
    }

    /// <summary>A prekey id as it stands on the wire: three bytes, big endian.</summary>
    public static uint Id24(ReadOnlySpan<byte> bytes) =>
        (uint)(bytes[0] << 16 | bytes[1] << 8 | bytes[2]);

    private static DeviceProps PropsOf(ByteString deviceProps) =>
        DeviceProps.Parser.ParseFrom(deviceProps);
}

/// <summary>A link under way, from the phone's scan to the device's signature.</summary>
/// <param name="Phone">Who scanned.</param>
/// <param name="DeviceId">The number that the device gets.</param>
/// <param name="KeyIndex">Its key index.</param>
/// <param name="QueryId">The id of the pair-success query.</param>
/// <param name="Details">The identity that the phone vouched for.</param>
/// <param name="AccountSignature">The phone's signature.</param>
internal sealed record Link(
    Phone Phone,
    ushort DeviceId,
    uint KeyIndex,
    string QueryId,
    byte[] Details,
    byte[] AccountSignature
)
{
    /// <summary>Ends when the device has signed (the linked device) or has failed to (null).</summary>
    public TaskCompletionSource<Device?> Done { get; } =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
}
