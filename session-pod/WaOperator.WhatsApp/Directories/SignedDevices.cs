using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Directories;

/// <summary>A device as the server lists it.</summary>
/// <param name="Id">Its number; 0 is the phone.</param>
/// <param name="KeyIndex">Its index in the list that the phone has signed; 0 for the phone.</param>
/// <param name="Hosted">It is WhatsApp's own server, which reads a business's chats at its request. The phone signs for none.</param>
internal readonly record struct ListedDevice(ushort Id, uint KeyIndex, bool Hosted = false);

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
/// <param name="IsFinal">False: there was no key of the phone to check it by. It is looked at again once there is.</param>
/// <param name="Fault">Why some were left out.</param>
internal sealed record ProvenDevices(
    IReadOnlyList<ushort> Devices,
    long SignedAt,
    bool IsFinal,
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
    /// <param name="former">What was believed before.</param>
    /// <param name="formerAt">When the list that was seen last was signed, in Unix seconds; 0: none was seen.</param>
    /// <param name="now">The time in Unix seconds: a phone whose clock was wrong once is believed again when it is right.</param>
    public static ProvenDevices Prove(
        IReadOnlyList<ListedDevice> listed,
        byte[]? signed,
        ReadOnlySpan<byte> phone,
        IReadOnlyList<ushort> former,
        long formerAt,
        long now
    )
    {
        if (listed.All(IsExempt))
            return new(Ids(listed), formerAt, true, DeviceListFault.None);
        if (signed is null or [])
            return formerAt == 0
                ? new(Ids(listed), 0, true, DeviceListFault.None)
                : Keep(DeviceListFault.Missing);
        var (list, fault) = Read(signed, phone);
        if (fault != DeviceListFault.None)
            return new(Ids(listed.Where(IsExempt)), formerAt, true, fault);
        if (list is null)
            return formerAt == 0
                ? new(Ids(listed), 0, false, DeviceListFault.None)
                : Keep(DeviceListFault.Missing);
        if (list.Timestamp < (ulong)formerAt)
            return Keep(DeviceListFault.Older);
        var valid = list.ValidIndexes.ToHashSet();
        var proven = Ids(
            listed.Where(device => IsExempt(device) || valid.Contains(device.KeyIndex))
        );
        return new(
            proven,
            (long)Math.Min(list.Timestamp, (ulong)now),
            !phone.IsEmpty,
            proven.Count == listed.Count ? DeviceListFault.None : DeviceListFault.Unsigned
        );

        // What the phone has signed for once stays; nothing is added.
        ProvenDevices Keep(DeviceListFault why) =>
            new(
                Ids(listed.Where(device => IsExempt(device) || former.Contains(device.Id))),
                formerAt,
                true,
                why
            );
    }

    private static bool IsExempt(ListedDevice device) => device.Id == 0 || device.Hosted;

    private static IReadOnlyList<ushort> Ids(IEnumerable<ListedDevice> devices) =>
        [.. devices.Select(device => device.Id)];

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
}
