using System.Security.Cryptography;
using Google.Protobuf;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Tests.Fakes;

/// <summary>A phone that scans QR codes.</summary>
internal sealed class FakePhone(string number)
{
    public KeyPair Identity { get; } = KeyPair.Generate();

    public ADVEncryptionType Type { get; init; } = ADVEncryptionType.E2Ee;

    /// <summary>What the server sends the device after the scan.</summary>
    /// <param name="qr">The code.</param>
    /// <param name="mangle">Damages the phone's word.</param>
    public BinaryNode Scan(QrCode qr, Action<ADVSignedDeviceIdentityHMAC>? mangle = null)
    {
        var fields = qr.Fields.Split(',');
        var word = Word(Convert.FromBase64String(fields[2]), Convert.FromBase64String(fields[3]));
        mangle?.Invoke(word);
        return new("iq")
        {
            ["from"] = Greetings.Server,
            ["type"] = "set",
            ["id"] = "scan-1",
            Children =
            [
                new BinaryNode("pair-success")
                {
                    Children =
                    [
                        new BinaryNode("device-identity") { Bytes = word.ToByteArray() },
                        new BinaryNode("device")
                        {
                            ["jid"] = $"{number}:3@s.whatsapp.net",
                            ["lid"] = "99999:3@lid",
                        },
                        new BinaryNode("platform") { ["name"] = "android" },
                        new BinaryNode("biz") { ["name"] = "Shop" },
                    ],
                },
            ],
        };
    }

    public ADVSignedDeviceIdentityHMAC Word(byte[] companion, byte[] secret)
    {
        var details = new ADVDeviceIdentity
        {
            RawId = 1,
            Timestamp = 1_800_000_000,
            KeyIndex = 7,
            DeviceType = Type,
            AccountType = Type,
        }.ToByteString();
        byte[] prefix = Type == ADVEncryptionType.Hosted ? [6, 5] : [6, 0];
        var signed = new ADVSignedDeviceIdentity
        {
            Details = details,
            AccountSignatureKey = ByteString.CopyFrom(Identity.Public),
            AccountSignature = ByteString.CopyFrom(
                XEdDsa.Sign(Identity.Private, [.. prefix, .. details.Span, .. companion])
            ),
        }.ToByteString();
        byte[] hmacPrefix = Type == ADVEncryptionType.Hosted ? [6, 5] : [];
        return new()
        {
            Details = signed,
            AccountType = Type,
            Hmac = ByteString.CopyFrom(
                HMACSHA256.HashData(secret, (byte[])[.. hmacPrefix, .. signed.Span])
            ),
        };
    }

    /// <summary>True if the device signed as it must.</summary>
    public static bool Accepts(BinaryNode sign, byte[] companion, KeyPair identity)
    {
        var answer = sign.Child("pair-device-sign")?.Child("device-identity");
        if (answer?["key-index"] != "7")
            return false;
        var signed = ADVSignedDeviceIdentity.Parser.ParseFrom(answer.Bytes);
        byte[] message = [6, 1, .. signed.Details.Span, .. companion, .. identity.Public];
        return !signed.HasAccountSignatureKey
            && XEdDsa.Verify(companion, message, signed.DeviceSignature.Span);
    }
}
