using System.Security.Cryptography;
using Google.Protobuf;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Tests.Fakes;

/// <summary>Ways in which a phone's word does not hold.</summary>
internal static class Damage
{
    public static void Apply(ADVSignedDeviceIdentityHMAC word, string what, byte[] secret)
    {
        switch (what)
        {
            case "hmac":
                word.Hmac = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(32));
                return;
            case "garbage":
                word.Details = ByteString.CopyFrom(0xFF, 0xFF, 0xFF, 0xFF);
                break;
            default:
                var signed = ADVSignedDeviceIdentity.Parser.ParseFrom(word.Details);
                if (what == "key")
                    signed.AccountSignatureKey = ByteString.CopyFrom(KeyPair.Generate().Public);
                else
                    signed.AccountSignature = ByteString.CopyFrom(
                        RandomNumberGenerator.GetBytes(64)
                    );
                word.Details = signed.ToByteString();
                break;
        }
        word.Hmac = ByteString.CopyFrom(HMACSHA256.HashData(secret, word.Details.Span));
    }
}
