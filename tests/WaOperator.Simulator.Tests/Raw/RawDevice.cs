using System.Security.Cryptography;
using Google.Protobuf;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.Simulator.Tests.Raw;

/// <summary>The keys of a companion device, and what it says with them.</summary>
internal sealed class RawDevice
{
    public const string Number = "491511111111";

    public KeyPair NoiseKey { get; } = KeyPair.Generate();
    public KeyPair Identity { get; } = KeyPair.Generate();
    public KeyPair SignedPreKey { get; } = KeyPair.Generate();
    public byte[] AdvSecret { get; } = RandomNumberGenerator.GetBytes(32);
    public Jid Jid { get; private set; }

    public ClientPayload Registration()
    {
        byte[] signed = [5, .. SignedPreKey.Public];
        return new()
        {
            Passive = false,
            DevicePairingData = new()
            {
                ERegid = ByteString.CopyFrom(0, 0, 0x12, 0x34),
                EKeytype = ByteString.CopyFrom(5),
                EIdent = ByteString.CopyFrom(Identity.Public),
                ESkeyId = ByteString.CopyFrom(0, 0, 1),
                ESkeyVal = ByteString.CopyFrom(SignedPreKey.Public),
                ESkeySig = ByteString.CopyFrom(XEdDsa.Sign(Identity.Private, signed)),
                BuildHash = ByteString.CopyFrom(new byte[16]),
                DeviceProps = new DeviceProps { Os = "Raw" }.ToByteString(),
            },
        };
    }

    public ClientPayload Login() =>
        new()
        {
            Username = ulong.Parse(Jid.User),
            Device = Jid.Device,
            Passive = true,
            Pull = true,
        };

    public string Qr(string reference) =>
        string.Join(
            ',',
            reference,
            Convert.ToBase64String(NoiseKey.Public),
            Convert.ToBase64String(Identity.Public),
            Convert.ToBase64String(AdvSecret)
        );

    /// <summary>Registers and gives the first reference for a code.</summary>
    public async Task<(RawClient Client, string Reference)> RegisterAsync(Uri url)
    {
        var client = await RawClient.ConnectAsync(url, this, Registration());
        var offer = await client.WaitAsync("iq", n => n.Child("pair-device") is not null);
        await client.SendAsync(
            new("iq")
            {
                ["to"] = Jid.ServerItself.ToString(),
                ["type"] = "result",
                ["id"] = offer["id"],
            }
        );
        return (client, offer.Child("pair-device")!.FirstChild!.Text);
    }

    /// <summary>Pairs with a phone of the simulator as a client should; checks what the phone signed.</summary>
    public async Task PairAsync(Simulation simulation, string number = Number)
    {
        var (client, reference) = await RegisterAsync(simulation.Host.Url);
        await using var _ = client;
        var scan = simulation.PostedAsync($"/phones/{number}/scan", new { qr = Qr(reference) });
        var success = await client.WaitAsync("iq", n => n.Child("pair-success") is not null);
        await client.SendAsync(Sign(success));
        (await client.WaitAsync("stream:error"))["code"].ShouldBe("515");
        await scan;
    }

    /// <summary>The answer to pair-success.</summary>
    /// <param name="success">What came.</param>
    /// <param name="damage">Changes the device's signature.</param>
    public BinaryNode Sign(BinaryNode success, Action<byte[]>? damage = null)
    {
        var pair = success.Child("pair-success")!;
        Jid = Jid.Parse(pair.Child("device")!["jid"]!);
        var sealedIdentity = ADVSignedDeviceIdentityHMAC.Parser.ParseFrom(
            pair.Child("device-identity")!.Bytes
        );
        HMACSHA256
            .HashData(AdvSecret, sealedIdentity.Details.Span)
            .ShouldBe(sealedIdentity.Hmac.ToByteArray());
        var signed = ADVSignedDeviceIdentity.Parser.ParseFrom(sealedIdentity.Details);
        byte[] details = [.. signed.Details.Span];
        byte[] accountKey = [.. signed.AccountSignatureKey.Span];
        XEdDsa
            .Verify(
                accountKey,
                [6, 0, .. details, .. Identity.Public],
                signed.AccountSignature.Span
            )
            .ShouldBeTrue();
        var signature = XEdDsa.Sign(
            Identity.Private,
            [6, 1, .. details, .. Identity.Public, .. accountKey]
        );
        damage?.Invoke(signature);
        signed.ClearAccountSignatureKey();
        signed.DeviceSignature = ByteString.CopyFrom(signature);
        return new("iq")
        {
            ["to"] = Jid.ServerItself.ToString(),
            ["type"] = "result",
            ["id"] = success["id"],
            Children =
            [
                new("pair-device-sign")
                {
                    Children =
                    [
                        new("device-identity")
                        {
                            ["key-index"] = ADVDeviceIdentity
                                .Parser.ParseFrom(details)
                                .KeyIndex.ToString(),
                            Bytes = signed.ToByteArray(),
                        },
                    ],
                },
            ],
        };
    }

    /// <summary>Logs in and waits for success.</summary>
    public async Task<RawClient> LoginAsync(Simulation simulation)
    {
        var client = await RawClient.ConnectAsync(simulation.Host.Url, this, Login());
        var success = await client.WaitAsync("success");
        Jid.Parse(success["lid"]!).Device.ShouldBe(Jid.Device);
        return client;
    }

    /// <summary>An upload of prekeys with ids from 1.</summary>
    public BinaryNode[] PreKeys(int count, byte[]? signature = null) =>
        [
            new("registration") { Bytes = [0, 0, 0x12, 0x34] },
            new("type") { Bytes = [5] },
            new("identity") { Bytes = Identity.Public },
            new("list")
            {
                Children =
                [
                    .. Enumerable
                        .Range(1, count)
                        .Select(i => new BinaryNode("key")
                        {
                            Children =
                            [
                                new("id") { Bytes = [0, (byte)(i >> 8), (byte)i] },
                                new("value") { Bytes = SHA256.HashData([(byte)(i >> 8), (byte)i]) },
                            ],
                        }),
                ],
            },
            new("skey")
            {
                Children =
                [
                    new("id") { Bytes = [0, 0, 1] },
                    new("value") { Bytes = SignedPreKey.Public },
                    new("signature")
                    {
                        Bytes =
                            signature ?? XEdDsa.Sign(Identity.Private, [5, .. SignedPreKey.Public]),
                    },
                ],
            },
        ];
}
