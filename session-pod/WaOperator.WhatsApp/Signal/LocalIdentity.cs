using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Signal;

/// <summary>Who we are to the peers of our sessions.</summary>
/// <param name="Key">The device's identity key.</param>
/// <param name="RegistrationId">The device's registration id.</param>
internal sealed record LocalIdentity(KeyPair Key, uint RegistrationId)
{
    /// <summary>The identity in a device's credentials.</summary>
    public static LocalIdentity Of(DeviceCredentials credentials) =>
        new(credentials.IdentityKey, (uint)credentials.RegistrationId);
}
