using System.Buffers.Binary;
using System.Globalization;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.PreKeys;

/// <summary>The stanzas about a device's own prekeys. Pure.</summary>
internal static class PreKeyStanzas
{
    private const string Namespace = "encrypt";

    public static BinaryNode Count() => Stanzas.Iq("get", Namespace, new BinaryNode("count"));

    public static BinaryNode Digest() => Stanzas.Iq("get", Namespace, new BinaryNode("digest"));

    /// <summary>How many one-time prekeys the server says it has; null where it does not say.</summary>
    public static int? ReadCount(BinaryNode parent) =>
        int.TryParse(
            parent.Child("count")?["value"],
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var count
        )
            ? count
            : null;

    public static BinaryNode Upload(DeviceCredentials credentials, IReadOnlyList<PreKey> keys)
    {
        var list = new BinaryNode[keys.Count];
        for (var i = 0; i < list.Length; i++)
            list[i] = new("key") { Children = [Id(keys[i].Id), Value(keys[i].Key.Public)] };
        return Stanzas.Iq(
            "set",
            Namespace,
            new BinaryNode("registration")
            {
                Bytes = BigEndian((uint)credentials.RegistrationId, 4),
            },
            new BinaryNode("type") { Bytes = [SignedPreKey.KeyType] },
            new BinaryNode("identity") { Bytes = credentials.IdentityKey.Public },
            new BinaryNode("list") { Children = list },
            Signed(credentials.SignedPreKey)
        );
    }

    /// <summary>Replaces the signed prekey.</summary>
    public static BinaryNode Rotate(SignedPreKey key) =>
        Stanzas.Iq("set", Namespace, new BinaryNode("rotate") { Children = [Signed(key)] });

    /// <summary>The public half of the signed prekey that the server says it has; null where it does not say.</summary>
    public static byte[]? ReadSigned(BinaryNode digest) =>
        digest.Child("skey")?.Child("value")?.Bytes is { Length: Curve25519.KeySize } value
            ? value
            : null;

    private static BinaryNode Signed(SignedPreKey key) =>
        new("skey")
        {
            Children =
            [
                Id(key.Id),
                Value(key.Key.Public),
                new BinaryNode("signature") { Bytes = key.Signature },
            ],
        };

    private static BinaryNode Id(uint id) => new("id") { Bytes = BigEndian(id, 3) };

    private static BinaryNode Value(byte[] key) => new("value") { Bytes = key };

    private static byte[] BigEndian(uint value, int size)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes[^size..].ToArray();
    }
}
