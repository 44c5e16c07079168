using System.Buffers.Binary;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Directories;

/// <summary>Prekey bundles of others, as answers and retry receipts carry them. Pure.</summary>
internal static class BundleStanzas
{
    private const int IdSize = 3;
    private const int RegistrationSize = 4;

    public static BinaryNode Fetch(IEnumerable<Jid> devices) =>
        Stanzas.Iq(
            "get",
            "encrypt",
            new BinaryNode("key")
            {
                Children =
                [
                    .. devices.Select(device => new BinaryNode("user")
                    {
                        ["jid"] = device.ToString(),
                    }),
                ],
            }
        );

    /// <summary>Reads the answer: those devices that the server has keys of.</summary>
    public static Dictionary<Jid, PreKeyBundle> Read(BinaryNode answer)
    {
        var bundles = new Dictionary<Jid, PreKeyBundle>();
        foreach (var user in answer.Child("list")?.ChildrenWith("user") ?? [])
        {
            if (
                Jid.TryParse(user["jid"], out var jid)
                && Read(user, user.Child("registration")?.Bytes) is { } bundle
            )
                bundles[jid] = bundle with { ByLid = jid.IsLid };
        }
        return bundles;
    }

    /// <summary>Reads a bundle; null if a part is missing or malformed. Its signature is checked where it is used.</summary>
    /// <param name="parent">What holds identity, skey and key.</param>
    /// <param name="registration">The registration id, which may stand elsewhere.</param>
    public static PreKeyBundle? Read(BinaryNode parent, byte[]? registration)
    {
        if (
            registration is not { Length: RegistrationSize }
            || parent.Child("identity")?.Bytes is not { Length: Curve25519.KeySize } identity
            || parent.Child("skey") is not { } signed
            || signed.Child("id")?.Bytes is not { Length: IdSize } signedId
            || signed.Child("value")?.Bytes is not { Length: Curve25519.KeySize } signedKey
            || signed.Child("signature")?.Bytes is not { Length: XEdDsa.SignatureSize } signature
        )
            return null;
        var id = BinaryPrimitives.ReadUInt32BigEndian(registration);
        if (parent.Child("key") is not { } one)
            return new(id, identity, Id(signedId), signedKey, signature);
        return
            one.Child("id")?.Bytes is { Length: IdSize } oneId
            && one.Child("value")?.Bytes is { Length: Curve25519.KeySize } oneKey
            ? new(id, identity, Id(signedId), signedKey, signature, Id(oneId), oneKey)
            : null;
    }

    /// <summary>Our own bundle as a retry receipt carries it.</summary>
    public static BinaryNode Keys(DeviceCredentials us, PreKey one) =>
        new("keys")
        {
            Children =
            [
                new BinaryNode("type") { Bytes = [SignedPreKey.KeyType] },
                new BinaryNode("identity") { Bytes = us.IdentityKey.Public },
                Key("key", one.Id, one.Key.Public),
                Key(
                    "skey",
                    us.SignedPreKey.Id,
                    us.SignedPreKey.Key.Public,
                    new BinaryNode("signature") { Bytes = us.SignedPreKey.Signature }
                ),
                new BinaryNode("device-identity")
                {
                    Bytes = Pairing.Adv.Encode(us.Account!, withKey: true),
                },
            ],
        };

    public static byte[] Registration(DeviceCredentials us)
    {
        var bytes = new byte[RegistrationSize];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, (uint)us.RegistrationId);
        return bytes;
    }

    private static BinaryNode Key(string tag, uint id, byte[] value, params BinaryNode[] more) =>
        new(tag)
        {
            Children =
            [
                new BinaryNode("id") { Bytes = [(byte)(id >> 16), (byte)(id >> 8), (byte)id] },
                new BinaryNode("value") { Bytes = value },
                .. more,
            ],
        };

    private static uint Id(byte[] id) => (uint)(id[0] << 16 | id[1] << 8 | id[2]);
}
