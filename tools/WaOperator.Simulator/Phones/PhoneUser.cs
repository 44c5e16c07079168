using System.Security.Cryptography;
using Google.Protobuf;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Handlers;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Pairing;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.Simulator.Phones;

/// <summary>How a scan ended when it did not link the device.</summary>
internal enum ScanFailure
{
    /// <summary>The text is no linking code.</summary>
    NoCode,

    /// <summary>No one waits with this reference: expired, used, or of another server.</summary>
    Expired,

    /// <summary>The keys in the code are not those of the waiting device.</summary>
    OtherDevice,

    /// <summary>The phone has linked as many devices as it may.</summary>
    TooMany,

    /// <summary>The device did not answer in time, or not as it must.</summary>
    NotSigned,

    /// <summary>The characters that were typed in are not those that the device shows.</summary>
    WrongCode,
}

/// <summary>What the person with the phone does: scans codes and unlinks devices.</summary>
internal sealed class PhoneUser(WhatsAppServer server)
{
    private static readonly TimeSpan SignLimit = TimeSpan.FromSeconds(15);
    private static readonly byte[] AccountSignaturePrefix = [6, 0];

    /// <summary>Scans a code: vouches for the device and waits for its signature.</summary>
    /// <returns>The linked device, or why there is none.</returns>
    public async Task<(Device? Device, ScanFailure? Failure)> ScanAsync(Phone phone, string? qr)
    {
        if (!QrCode.TryParse(qr, out var code))
            return (null, ScanFailure.NoCode);
        if (
            server.Pairing.Find(code.Reference) is not { Registration: { } registration } connection
        )
            return (null, ScanFailure.Expired);
        if (
            !registration.NoiseKey.AsSpan().SequenceEqual(code.NoiseKey)
            || !registration.Identity.AsSpan().SequenceEqual(code.Identity)
        )
            return (null, ScanFailure.OtherDevice);
        return phone.Passkey is { } passkey
            ? await LinkAsync(phone, passkey, connection, code.AdvSecret)
            : await LinkAsync(phone, connection, registration, code.AdvSecret);
    }

    /// <summary>Types in a code: exchanges keys with the device that waits for it, vouches for it and waits for its signature.</summary>
    /// <returns>The linked device, or why there is none.</returns>
    public async Task<(Device? Device, ScanFailure? Failure)> EnterCodeAsync(
        Phone phone,
        string? typed
    )
    {
        var code = (typed ?? "").Replace("-", "", StringComparison.Ordinal).ToUpperInvariant();
        if (code.Length != LinkCode.Length)
            return (null, ScanFailure.NoCode);
        if (
            server.CodePairing.Find(phone.Number)
            is not { Registration: { } registration } connection
        )
            return (null, ScanFailure.Expired);
        if (phone.Passkey is { } passkey)
        {
            server.CodePairing.Announce(connection);
            return await LinkAsync(phone, passkey, connection, advSecret: null);
        }
        var secret = await server.CodePairing.TryAsync(phone, connection, code, SignLimit);
        return secret is null
            ? (null, connection.Ended ? ScanFailure.NotSigned : ScanFailure.WrongCode)
            : await LinkAsync(phone, connection, registration, secret);
    }

    /// <summary>The device must show the passkey first, and hands over the secret that it is vouched for by.</summary>
    private async Task<(Device? Device, ScanFailure? Failure)> LinkAsync(
        Phone phone,
        Passkey passkey,
        Connection connection,
        byte[]? advSecret
    ) =>
        await server.PasskeyPairing.RunAsync(phone, passkey, connection, advSecret) is { } secret
            ? await LinkAsync(phone, connection, connection.Registration!, secret)
            : (null, ScanFailure.NotSigned);

    private async Task<(Device? Device, ScanFailure? Failure)> LinkAsync(
        Phone phone,
        Connection connection,
        Registration registration,
        byte[] advSecret
    )
    {
        if (
            phone.Reserve(phone.MaxDevices ?? server.Options.MaxDevices)
            is not var (device, keyIndex)
        )
            return (null, ScanFailure.TooMany);
        var details = new ADVDeviceIdentity
        {
            RawId = phone.RawId,
            Timestamp = (ulong)server.Clock.UnixSeconds,
            KeyIndex = keyIndex,
            AccountType = ADVEncryptionType.E2Ee,
            DeviceType = ADVEncryptionType.E2Ee,
        }.ToByteArray();
        var signature = XEdDsa.Sign(
            phone.Identity.Private,
            [.. AccountSignaturePrefix, .. details, .. registration.Identity]
        );
        var link = new Link(phone, device, keyIndex, Stanzas.NewId(), details, signature);
        if (!server.Pairing.Offer(connection, link, Seal(phone, link, advSecret)))
            return (null, ScanFailure.Expired);
        var done = await Task.WhenAny(link.Done.Task, Task.Delay(SignLimit, server.Clock.Time));
        return done == link.Done.Task && await link.Done.Task is { } linked
            ? (linked, null)
            : (null, ScanFailure.NotSigned);
    }

    /// <summary>Removes a device from the list of linked devices.</summary>
    public void Unlink(Device device) => server.Ends.Unlink(device);

    /// <summary>
    /// Installs WhatsApp again: the phone has other keys, its linked devices are gone, and all who have talked with it or looked it up are
    /// told.
    /// </summary>
    public void Reinstall(Phone phone)
    {
        foreach (var device in phone.Devices)
            Unlink(device);
        phone.Keys = PhoneKeys.Create();
        phone.Changed();
        server.Notices.IdentityChanged(phone);
    }

    private static byte[] Seal(Phone phone, Link link, byte[] advSecret)
    {
        var signed = new ADVSignedDeviceIdentity
        {
            Details = ByteString.CopyFrom(link.Details),
            AccountSignatureKey = ByteString.CopyFrom(phone.Identity.Public),
            AccountSignature = ByteString.CopyFrom(link.AccountSignature),
        }.ToByteArray();
        return new ADVSignedDeviceIdentityHMAC
        {
            Details = ByteString.CopyFrom(signed),
            Hmac = ByteString.CopyFrom(HMACSHA256.HashData(advSecret, signed)),
        }.ToByteArray();
    }
}
