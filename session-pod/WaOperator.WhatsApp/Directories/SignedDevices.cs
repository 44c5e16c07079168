using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Directories;

/// <summary>A device as the server lists it.</summary>
/// <param name="Id">Its number; 0 is the phone.</param>
/// <param name="KeyIndex">Its index in the list that the phone has signed; 0 for the phone.</param>
internal readonly record struct ListedDevice(ushort Id, uint KeyIndex);

/// <summary>Why companion devices that the server lists are not believed.</summary>
internal enum DeviceListFault
{
    /// <summary>They are.</summary>
    None,

    /// <summary>There was a signed list before, and none is given now.</summary>
    Missing,

    /// <summary>The signed list cannot be read.</summary>
    Malformed,

    /// <summary>It is not signed by the account's phone.</summary>
    BadSignature,

    /// <summary>It is older than one that was seen before.</summary>
    Older,

    /// <summary>Devices are listed whose index the phone has not signed; only these are left out.</summary>
    Unsigned,
}

/// <summary>Which of an account's devices messages are encrypted for.</summary>
/// <param name="Devices">Their numbers, ascending.</param>
/// <param name="SignedAt">When the phone signed the list, in Unix seconds; 0: no signed list was ever seen.</param>
/// <param name="Fault">Why some were left out.</param>
internal sealed record ProvenDevices(
    IReadOnlyList<ushort> Devices,
    long SignedAt,
    DeviceListFault Fault
);

/// <summary>
/// An account's phone signs the key indexes of its companion devices (ADVSignedKeyIndexList: XEdDSA over 06 02 and the details, as WhatsApp's
/// white paper on encryption has it), so that the server cannot slip in a device of its own. Pure.
/// </summary>
/// <remarks>
/// A server that never gives a signed list is believed, since some give none; one that has given a list is not believed without it any more.
/// While the phone's identity key is not known, the key in the list is believed, as the first key of a Signal session is, and a list without
/// a key cannot be checked.
/// </remarks>
internal static class SignedDevices
{
    private static ReadOnlySpan<byte> Prefix => [6, 2];

    /// <summary>Leaves out what the phone has not signed. The phone itself is never left out.</summary>
    /// <param name="listed">What the server lists.</param>
    /// <param name="signed">The signed list, an ADVSignedKeyIndexList; null or empty: none was given.</param>
    /// <param name="phone">The phone's identity key, 32 bytes; empty: not known.</param>
    /// <param name="signedAt">When the list that was seen last was signed, in Unix seconds; 0: none was seen.</param>
    /// <param name="now">The time in Unix seconds: a phone whose clock was wrong once is believed again when it is right.</param>
    public static ProvenDevices Prove(
        IReadOnlyList<ListedDevice> listed,
        byte[]? signed,
        ReadOnlySpan<byte> phone,
        long signedAt,
        long now
    )
    {
        if (listed.All(device => device.Id == 0))
            return new(Phone(listed), signedAt, DeviceListFault.None);
        if (signed is null or [])
            return signedAt == 0
                ? new([.. listed.Select(device => device.Id)], 0, DeviceListFault.None)
                : new(Phone(listed), signedAt, DeviceListFault.Missing);
        var (list, fault) = Read(signed, phone);
        if (fault == DeviceListFault.None && list is null)
            return new([.. listed.Select(device => device.Id)], signedAt, fault);
        if (list is null)
            return new(Phone(listed), signedAt, fault);
        var at = (long)Math.Min(list.Timestamp, (ulong)now);
        if (at < signedAt)
            return new(Phone(listed), signedAt, DeviceListFault.Older);
        var valid = list.ValidIndexes.ToHashSet();
        ushort[] proven =
        [
            .. listed
                .Where(device => device.Id == 0 || valid.Contains(device.KeyIndex))
                .Select(device => device.Id),
        ];
        return new(
            proven,
            at,
            proven.Length == listed.Count ? DeviceListFault.None : DeviceListFault.Unsigned
        );
    }

    /// <returns>Neither a list nor a fault: there is no key to check it by.</returns>
    private static (ADVKeyIndexList? List, DeviceListFault Fault) Read(
        byte[] bytes,
        ReadOnlySpan<byte> phone
    )
    {
        try
        {
            var signed = ADVSignedKeyIndexList.Parser.ParseFrom(bytes);
            var key = phone.IsEmpty ? signed.AccountSignatureKey.Span : phone;
            // The server may leave the key out, since devices that have a session with the phone know it.
            if (key.IsEmpty)
                return (null, DeviceListFault.None);
            if (
                key.Length != Curve25519.KeySize
                || signed.AccountSignature.Length != XEdDsa.SignatureSize
                || !XEdDsa.Verify(
                    key,
                    [.. Prefix, .. signed.Details.Span],
                    signed.AccountSignature.Span
                )
            )
                return (null, DeviceListFault.BadSignature);
            return (ADVKeyIndexList.Parser.ParseFrom(signed.Details), DeviceListFault.None);
        }
        catch (Exception e) when (ProtobufFault.Is(e))
        {
            return (null, DeviceListFault.Malformed);
        }
    }

    private static IReadOnlyList<ushort> Phone(IReadOnlyList<ListedDevice> listed) =>
        listed.Any(device => device.Id == 0) ? [0] : [];
}
