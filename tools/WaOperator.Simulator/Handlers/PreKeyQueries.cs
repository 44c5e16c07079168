using System.Buffers.Binary;
using System.Security.Cryptography;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Crypto;

namespace WaOperator.Simulator.Handlers;

/// <summary>Keys: devices upload prekeys and count them; others fetch one with the identity to start a session.</summary>
internal sealed class PreKeyQueries(WhatsAppServer server)
{
    private const int MostAtOnce = 1000;
    private const int PreKeyIdSize = 3;

    /// <summary>Answers xmlns=encrypt.</summary>
    public BinaryNode? Answer(Device device, BinaryNode iq) =>
        (iq["type"], iq.FirstChild?.Tag) switch
        {
            ("get", "count") => Count(device, iq),
            ("get", "digest") => Digest(device, iq),
            ("get", "key") => Fetch(iq, iq.FirstChild!),
            ("set", "rotate") => Rotate(device, iq, iq.FirstChild!),
            ("set", _) => Upload(device, iq),
            _ => throw RefusedException.NotImplemented($"{iq["type"]} {iq.FirstChild?.Tag}"),
        };

    private static BinaryNode Count(Device device, BinaryNode iq)
    {
        lock (device.Gate)
            return Stanzas.Result(
                iq,
                new BinaryNode("count") { ["value"] = Stanzas.Text(device.PreKeys.Count) }
            );
    }

    private BinaryNode Upload(Device device, BinaryNode iq)
    {
        if (
            iq.Child("registration")?.Bytes is not { Length: 4 } registration
            || iq.Child("identity")?.Bytes is not { Length: Curve25519.KeySize } identity
            || iq.Child("type")?.Bytes is not [Phone.KeyType]
            || iq.Child("list") is not { } list
        )
        {
            throw RefusedException.BadRequest(
                "registration (4 bytes), type (05), identity (32 bytes) and list expected"
            );
        }
        if (!identity.AsSpan().SequenceEqual(device.Identity))
            throw RefusedException.NotAcceptable(
                "another identity than the device registered with"
            );
        if (BinaryPrimitives.ReadUInt32BigEndian(registration) != device.RegistrationId)
            throw RefusedException.NotAcceptable(
                "another registration id than the device registered with"
            );
        var keys = list.ChildrenWith("key").Select(ReadKey).ToList();
        if (keys.Count is 0 or > MostAtOnce || keys.DistinctBy(k => k.Id).Count() != keys.Count)
            throw RefusedException.BadRequest(
                $"1 to {MostAtOnce} prekeys with different ids expected"
            );
        var signed = ReadSigned(device, iq.Child("skey"));
        lock (device.Gate)
        {
            device.SignedPreKey = signed;
            device.PreKeys.Add(keys);
            device.PreKeysUploaded += keys.Count;
            device.ToldPreKeysLow = false;
            device.Phone.Changed();
        }
        server.Directory.Persist?.Invoke(device.Phone);
        return Stanzas.Result(iq);
    }

    private BinaryNode Rotate(Device device, BinaryNode iq, BinaryNode rotate)
    {
        var signed = ReadSigned(device, rotate.Child("skey"));
        lock (device.Gate)
        {
            device.SignedPreKey = signed;
            device.Phone.Changed();
        }
        server.Directory.Persist?.Invoke(device.Phone);
        return Stanzas.Result(iq);
    }

    private static BinaryNode Digest(Device device, BinaryNode iq)
    {
        lock (device.Gate)
        {
            var signed = device.SignedPreKey;
            var keys = device.PreKeys.All().ToList();
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(device.Identity);
            hash.AppendData(signed.Public);
            hash.AppendData(signed.Signature);
            foreach (var key in keys)
                hash.AppendData(key.Public.Span);
            return Stanzas.Result(
                iq,
                new BinaryNode("digest")
                {
                    Children =
                    [
                        new("registration") { Bytes = Id32(device.RegistrationId) },
                        new("type") { Bytes = [Phone.KeyType] },
                        new("identity") { Bytes = device.Identity },
                        Signed(signed),
                        new("list")
                        {
                            Children =
                            [
                                .. keys.Select(k => new BinaryNode("id") { Bytes = Id24(k.Id) }),
                            ],
                        },
                        new("hash") { Bytes = hash.GetHashAndReset()[..20] },
                    ],
                }
            );
        }
    }

    private BinaryNode Fetch(BinaryNode iq, BinaryNode key)
    {
        var users = key.ChildrenWith("user").ToList();
        if (users.Count == 0)
            throw RefusedException.BadRequest("no user named");
        return Stanzas.Result(iq, new BinaryNode("list") { Children = [.. users.Select(Bundle)] });
    }

    private BinaryNode Bundle(BinaryNode user)
    {
        var asked = user["jid"];
        if (!Jid.TryParse(asked, out var jid) || server.Directory.Find(jid) is not { } phone)
            return Missing(asked);
        if (jid.Device == 0)
        {
            var keys = phone.Keys;
            return Bundle(
                asked!,
                keys.RegistrationId,
                keys.Identity.Public,
                keys.SignedPreKey,
                null
            );
        }
        if (phone.Device(jid.Device) is not { } device)
            return Missing(asked);
        BinaryNode bundle;
        lock (device.Gate)
        {
            var one = device.PreKeys.Take();
            if (one is not null)
                device.Phone.Changed();
            if (device.PreKeys.Count < server.Options.PreKeysLow && !device.ToldPreKeysLow)
            {
                device.ToldPreKeysLow = true;
                server.Notices.PreKeysLow(device, device.PreKeys.Count);
            }
            bundle = Bundle(
                asked!,
                device.RegistrationId,
                device.Identity,
                device.SignedPreKey,
                one
            );
        }
        // A one-time prekey is given away once, also if the simulator is killed in between.
        server.Directory.Persist?.Invoke(device.Phone);
        return bundle;
    }

    private static BinaryNode Missing(string? jid) =>
        new("user")
        {
            ["jid"] = jid,
            Children = [new("error") { ["code"] = "404", ["text"] = "item-not-found" }],
        };

    private static BinaryNode Bundle(
        string jid,
        uint registration,
        byte[] identity,
        SignedPreKey signed,
        PreKey? one
    )
    {
        List<BinaryNode> parts =
        [
            new("registration") { Bytes = Id32(registration) },
            new("type") { Bytes = [Phone.KeyType] },
            new("identity") { Bytes = identity },
            Signed(signed),
        ];
        if (one is { } key)
        {
            parts.Add(
                new("key")
                {
                    Children =
                    [
                        new("id") { Bytes = Id24(key.Id) },
                        new("value") { Bytes = key.Public.ToArray() },
                    ],
                }
            );
        }
        return new("user") { ["jid"] = jid, Children = parts };
    }

    private static BinaryNode Signed(SignedPreKey key) =>
        new("skey")
        {
            Children =
            [
                new("id") { Bytes = Id24(key.Id) },
                new("value") { Bytes = key.Public },
                new("signature") { Bytes = key.Signature },
            ],
        };

    private static PreKey ReadKey(BinaryNode key) =>
        key.Child("id")?.Bytes is { Length: PreKeyIdSize } id
        && key.Child("value")?.Bytes is { Length: Curve25519.KeySize } value
            ? new(Registration.Id24(id), value)
            : throw RefusedException.BadRequest(
                "a prekey without id (3 bytes) and value (32 bytes)"
            );

    private static SignedPreKey ReadSigned(Device device, BinaryNode? key)
    {
        if (
            key?.Child("id")?.Bytes is not { Length: PreKeyIdSize } id
            || key.Child("value")?.Bytes is not { Length: Curve25519.KeySize } value
            || key.Child("signature")?.Bytes is not { Length: XEdDsa.SignatureSize } signature
        )
        {
            throw RefusedException.BadRequest(
                "a signed prekey without id (3 bytes), value (32 bytes) and signature (64 bytes)"
            );
        }
        return XEdDsa.Verify(device.Identity, [Phone.KeyType, .. value], signature)
            ? new(Registration.Id24(id), value, signature)
            : throw RefusedException.NotAcceptable(
                "the signed prekey is not signed by the device's identity"
            );
    }

    private static byte[] Id24(uint id) => [(byte)(id >> 16), (byte)(id >> 8), (byte)id];

    private static byte[] Id32(uint id)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, id);
        return bytes;
    }
}
