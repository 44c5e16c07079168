using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Tests.Fakes;

/// <summary>A device of someone, which has its own keys and its own end of the sessions.</summary>
internal sealed class FakePeer(Jid phone, Jid? lid)
{
    private readonly Dictionary<uint, PreKey> _preKeys = [];
    private SessionRecord? _session;
    private uint _nextPreKey = 1;

    /// <summary>By phone number, with its device.</summary>
    public Jid Phone { get; } = phone;

    /// <summary>By LID, with its device.</summary>
    public Jid? Lid { get; } = lid;

    public LocalIdentity Identity { get; private set; } = new(KeyPair.Generate(), 4711);

    public SignedPreKey SignedPreKey { get; private set; } = null!;

    /// <summary>As the server lists it.</summary>
    public string? KeyIndex => Phone.Device == 0 ? null : $"{Phone.Device}";

    public SenderKeyRecord? OurKey { get; set; }

    public SenderKeyRecord? TheirKey { get; private set; }

    /// <summary>Damages the bundles that the server gives of it.</summary>
    public bool ForgesSignatures { get; set; }

    public static FakePeer Of(string phone, string? lid, ushort device = 0)
    {
        var peer = new FakePeer(
            new(phone, Jid.PhoneServer, device),
            lid is null ? null : new(lid, Jid.LidServer, device)
        );
        peer.SignedPreKey = SignedPreKey.Create(peer.Identity.Key, 5);
        return peer;
    }

    /// <summary>Its keys as the server gives them.</summary>
    public BinaryNode Bundle(string jid)
    {
        var one = new PreKey(_nextPreKey++, KeyPair.Generate());
        _preKeys[one.Id] = one;
        var registration = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(registration, Identity.RegistrationId);
        return new("user")
        {
            ["jid"] = jid,
            Children =
            [
                new BinaryNode("registration") { Bytes = registration },
                new BinaryNode("type") { Bytes = [5] },
                new BinaryNode("identity") { Bytes = Identity.Key.Public },
                new BinaryNode("skey")
                {
                    Children =
                    [
                        Id(SignedPreKey.Id),
                        new BinaryNode("value") { Bytes = SignedPreKey.Key.Public },
                        new BinaryNode("signature")
                        {
                            Bytes = ForgesSignatures ? new byte[64] : SignedPreKey.Signature,
                        },
                    ],
                },
                new BinaryNode("key")
                {
                    Children = [Id(one.Id), new BinaryNode("value") { Bytes = one.Key.Public }],
                },
            ],
        };
    }

    /// <summary>Reads what was encrypted for it; a sender key that comes with it is taken.</summary>
    public byte[] Read(BinaryNode enc)
    {
        byte[] padded;
        if (enc["type"] == "skmsg")
        {
            var opened = GroupCipher.Decrypt(TheirKey!, enc.Bytes);
            TheirKey = opened.Record;
            padded = opened.Plaintext;
        }
        else if (enc["type"] == "pkmsg")
        {
            var first = PreKeyWhisperMessage.Parse(enc.Bytes);
            var opened = SessionCipher.Decrypt(
                _session,
                Identity,
                first,
                SignedPreKey,
                first.PreKeyId is { } id ? _preKeys.GetValueOrDefault(id) : null
            );
            _session = opened.Record;
            padded = opened.Plaintext;
        }
        else
        {
            var opened = SessionCipher.Decrypt(_session!, Identity, enc.Bytes);
            _session = opened.Record;
            padded = opened.Plaintext;
        }
        var plain = MessagePadding.Unpad(padded).ToArray();
        if (WhatsApp.Signal.MessageParts.Read(plain).SenderKey is { } key)
            TheirKey = GroupCipher.Process(TheirKey, key);
        return plain;
    }

    /// <summary>Begins a session with the device from its stored keys, or from those of a retry receipt.</summary>
    public void Begin(MemoryMessageStore store, BinaryNode? keys = null)
    {
        var us = store.Credentials!;
        PreKey? one = null;
        if (keys is null)
            one = store.LoadPreKeysAsync(store.PreKeyIds[0], 1, default).Result[0];
        var bundle = keys is null
            ? new PreKeyBundle(
                (uint)us.RegistrationId,
                us.IdentityKey.Public,
                us.SignedPreKey.Id,
                us.SignedPreKey.Key.Public,
                us.SignedPreKey.Signature,
                one!.Id,
                one.Key.Public
            )
            : WhatsApp.Directories.BundleStanzas.Read(keys, [0, 0, 0, 1])!;
        _session = SessionCipher.Initiate(_session, Identity, bundle);
    }

    public void Forget() => _session = null;

    /// <summary>Installed again: other keys, no sessions.</summary>
    public void Reinstall()
    {
        Forget();
        Identity = new(KeyPair.Generate(), 4712);
        SignedPreKey = SignedPreKey.Create(Identity.Key, 6);
    }

    /// <summary>Encrypts for the device.</summary>
    public BinaryNode Write(byte[] message)
    {
        var encrypted = SessionCipher.Encrypt(_session!, Identity, MessagePadding.Pad(message));
        _session = encrypted.Record;
        return new("enc")
        {
            ["v"] = "2",
            ["type"] = encrypted.IsPreKeyMessage ? "pkmsg" : "msg",
            Bytes = encrypted.Message,
        };
    }

    /// <summary>Encrypts for a group.</summary>
    public BinaryNode WriteGroup(byte[] message)
    {
        var encrypted = GroupCipher.Encrypt(OurKey!, MessagePadding.Pad(message));
        OurKey = encrypted.Record;
        return new("enc")
        {
            ["v"] = "2",
            ["type"] = "skmsg",
            Bytes = encrypted.Message,
        };
    }

    public static byte[] Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        return [0x0A, (byte)utf8.Length, .. utf8];
    }

    public string Number => Phone.Device.ToString(CultureInfo.InvariantCulture);

    private static BinaryNode Id(uint id) =>
        new("id") { Bytes = [(byte)(id >> 16), (byte)(id >> 8), (byte)id] };
}
