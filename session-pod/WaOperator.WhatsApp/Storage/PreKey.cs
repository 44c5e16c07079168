using WaOperator.WhatsApp.Crypto;

namespace WaOperator.WhatsApp.Storage;

/// <summary>A one-time prekey: others begin a Signal session with its public half; it is used once.</summary>
/// <param name="Id">1 to 16,777,214 (three bytes on the wire).</param>
/// <param name="Key">The pair.</param>
public sealed record PreKey(uint Id, KeyPair Key);

/// <summary>New one-time prekeys together with the credentials that count them.</summary>
/// <param name="Credentials">With <see cref="DeviceCredentials.NextPreKeyId"/> behind the last of <paramref name="Keys"/>.</param>
/// <param name="Keys">The new keys, by id in ascending order.</param>
public sealed record PreKeyBatch(DeviceCredentials Credentials, IReadOnlyList<PreKey> Keys);

/// <summary>A prekey that serves many, signed by the device's identity key.</summary>
/// <param name="Id">1 to 16,777,214.</param>
/// <param name="Key">The pair.</param>
/// <param name="Signature">XEdDSA by the identity key over 05 and the public key, 64 bytes.</param>
public sealed record SignedPreKey(uint Id, KeyPair Key, byte[] Signature)
{
    /// <summary>Makes a new one.</summary>
    public static SignedPreKey Create(KeyPair identity, uint id)
    {
        var key = KeyPair.Generate();
        return new(id, key, XEdDsa.Sign(identity.Private, [KeyType, .. key.Public]));
    }

    /// <summary>The byte that Signal puts before a Curve25519 public key.</summary>
    internal const byte KeyType = 5;
}
