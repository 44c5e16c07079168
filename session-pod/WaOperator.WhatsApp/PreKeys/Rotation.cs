using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.PreKeys;

/// <summary>When the signed prekey is replaced, and what that makes of the credentials. Pure.</summary>
/// <remarks>
/// The successor is stored before the server gets it, and stays a successor until the server has confirmed it: whichever of the two the
/// server gives out, the device can open what is begun with it. The predecessor stays until the next rotation.
/// </remarks>
internal static class Rotation
{
    private const uint LastId = 0xFFFFFE;

    /// <summary>True when the current one has served its time, or a rotation was begun and not ended.</summary>
    /// <param name="credentials">The device's.</param>
    /// <param name="now">The time.</param>
    /// <param name="age">How long a signed prekey serves.</param>
    public static bool IsDue(DeviceCredentials credentials, DateTimeOffset now, TimeSpan age) =>
        credentials.NextSignedPreKey is not null
        || credentials.SignedPreKeyAt is not { } since
        || now - since >= age;

    /// <summary>Adds a successor where there is none yet.</summary>
    public static DeviceCredentials Begin(DeviceCredentials old) =>
        old.NextSignedPreKey is not null
            ? old
            : old with
            {
                NextSignedPreKey = SignedPreKey.Create(
                    old.IdentityKey,
                    old.SignedPreKey.Id >= LastId ? 1 : old.SignedPreKey.Id + 1
                ),
            };

    /// <summary>The server has the successor of that id.</summary>
    public static DeviceCredentials End(DeviceCredentials old, uint id, DateTimeOffset now) =>
        old.NextSignedPreKey is { } next && next.Id == id
            ? old with
            {
                FormerSignedPreKey = old.SignedPreKey,
                SignedPreKey = next,
                SignedPreKeyAt = now,
                NextSignedPreKey = null,
            }
            : old;
}
