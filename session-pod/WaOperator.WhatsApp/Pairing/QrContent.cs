using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Pairing;

/// <summary>What a QR code holds: a reference that the server gave, and the device's public keys and secret. Pure.</summary>
internal static class QrContent
{
    private const string Link = "https://wa.me/settings/linked_devices#";

    /// <summary>The companion's kind: 1 is Chrome, see <see cref="Login.Payloads"/>.</summary>
    private const string Platform = "1";

    /// <summary>The same as a number.</summary>
    public const uint DeviceType = 1;

    /// <summary>As official clients show it today.</summary>
    public static string Full(string fields) => Link + fields;

    /// <summary>Five fields with commas.</summary>
    public static string Fields(string reference, DeviceCredentials credentials) =>
        string.Join(
            ',',
            reference,
            Convert.ToBase64String(credentials.NoiseKey.Public),
            Convert.ToBase64String(credentials.IdentityKey.Public),
            Convert.ToBase64String(credentials.AdvSecret),
            Platform
        );
}
