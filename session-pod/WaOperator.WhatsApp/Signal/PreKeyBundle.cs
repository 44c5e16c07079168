namespace WaOperator.WhatsApp.Signal;

/// <summary>What the server gives of a device so that a session can begin. Public keys have 32 bytes, without the 05.</summary>
/// <param name="RegistrationId">The device's registration id.</param>
/// <param name="IdentityKey">The device's identity key.</param>
/// <param name="SignedPreKeyId">The signed prekey's id.</param>
/// <param name="SignedPreKey">The signed prekey.</param>
/// <param name="Signature">By the identity key over 05 and the signed prekey, 64 bytes.</param>
/// <param name="PreKeyId">The one-time prekey's id; null when the server had none left.</param>
/// <param name="PreKey">The one-time prekey; null exactly when its id is.</param>
internal sealed record PreKeyBundle(
    uint RegistrationId,
    byte[] IdentityKey,
    uint SignedPreKeyId,
    byte[] SignedPreKey,
    byte[] Signature,
    uint? PreKeyId = null,
    byte[]? PreKey = null
)
{
    /// <summary>Whether the device was asked for by its LID, or by its number; null where there is one address only.</summary>
    public bool? ByLid { get; init; }

    /// <summary>The account's phone number, where it is known: for those who are told of another identity.</summary>
    public Jid? Phone { get; init; }
}
