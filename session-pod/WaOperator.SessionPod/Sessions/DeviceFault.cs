using System.Globalization;
using WaOperator.Domain;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Sessions;

/// <summary>
/// What looks wrong with the address of a linked device as it is stored. Pure, and for people only: no login depends on it. A phone gives
/// each link the next number, so that a high one may belong to a healthy device.
/// </summary>
/// <param name="Reason">One of the reasons that begin with DeviceId.</param>
/// <param name="Detail">More about it, without the phone number; may be empty.</param>
internal readonly record struct DeviceFault(Reason Reason, string Detail)
{
    /// <summary>Examines a linked device's addresses.</summary>
    /// <param name="me">Its address by phone number.</param>
    /// <param name="lid">Its address by LID; null where none is known, or only the account's.</param>
    /// <param name="highest">Numbers above it are suspect; 0: none is.</param>
    /// <returns>What is wrong; null: nothing.</returns>
    public static DeviceFault? Of(Jid me, Jid? lid, int highest)
    {
        if (!me.IsPhone || me.Agent != 0 || !me.User.All(char.IsAsciiDigit))
            return new(Reasons.DeviceIdMalformed, "its address is not that of a phone number");
        if (me.Device == 0)
            return new(Reasons.DeviceIdMissing, "");
        // Of an account's LID alone the device is not told.
        if (lid is { Device: > 0 and var other } && other != me.Device)
            return new(
                Reasons.DeviceIdMalformed,
                Text($"its addresses name two devices, {me.Device} and {other}")
            );
        return highest > 0 && me.Device > highest
            ? new(Reasons.DeviceIdHigh, Text($"device {me.Device}, above {highest}"))
            : null;
    }

    private static string Text(FormattableString text) =>
        text.ToString(CultureInfo.InvariantCulture);
}
