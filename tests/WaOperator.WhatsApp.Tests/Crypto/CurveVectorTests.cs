using System.Security.Cryptography;
using WaOperator.WhatsApp.Crypto;

namespace WaOperator.WhatsApp.Tests.Crypto;

public sealed class CurveVectorTests
{
    [Fact]
    public void Signatures_made_by_libsignal_verify_and_changed_ones_do_not()
    {
        foreach (var vector in Vector.Read("signatures.json"))
        {
            var (key, message, signature) = (
                vector.Bytes("public"),
                vector.Bytes("message"),
                vector.Bytes("signature")
            );
            XEdDsa.Verify(key, message, signature).ShouldBeTrue();
            XEdDsa.Verify(key, [.. message, 0], signature).ShouldBeFalse();
            for (var i = 0; i < signature.Length; i += 7)
            {
                var changed = signature.ToArray();
                changed[i] ^= 1;
                XEdDsa.Verify(key, message, changed).ShouldBeFalse();
            }
        }
    }

    [Fact]
    public void Agreements_and_public_keys_are_those_of_libsignal()
    {
        foreach (var vector in Vector.Read("agreements.json"))
            Curve25519
                .Agree(vector.Bytes("private"), vector.Bytes("public"))
                .ShouldBe(vector.Bytes("shared"));
        foreach (var vector in Vector.Read("signatures.json"))
            KeyPair.FromPrivate(vector.Bytes("private")).Public.ShouldBe(vector.Bytes("public"));
    }

    /// <summary>libsignal's verifier has accepted these: see Vectors/verify.mjs.</summary>
    [Fact]
    public void We_sign_as_we_did_when_libsignal_accepted_it()
    {
        foreach (var vector in Vector.Read("own-signatures.json"))
        {
            XEdDsa
                .Sign(vector.Bytes("private"), vector.Bytes("message"), vector.Bytes("random"))
                .ShouldBe(vector.Bytes("signature"));
        }
    }

    [Fact]
    public void A_public_key_of_low_order_gives_no_secret()
    {
        using var pair = KeyPair.Generate();
        Should.Throw<CryptographicException>(() => Curve25519.Agree(pair.Private, new byte[32]));
    }

    [Fact]
    public void Signatures_by_unusable_keys_do_not_verify()
    {
        using var pair = KeyPair.Generate();
        var signature = XEdDsa.Sign(pair.Private, "m"u8);
        byte[] minusOne = [0xEC, .. Enumerable.Repeat((byte)0xFF, 30), 0x7F];
        XEdDsa.Verify(minusOne, "m"u8, signature).ShouldBeFalse();
        XEdDsa.Verify(new byte[32], "m"u8, signature).ShouldBeFalse();
        XEdDsa.Verify(new byte[31], "m"u8, signature).ShouldBeFalse();
        XEdDsa.Verify(pair.Public, "m"u8, signature.AsSpan(1)).ShouldBeFalse();
    }

    [Fact]
    public void What_we_sign_verifies()
    {
        for (var i = 0; i < 50; i++)
        {
            using var pair = KeyPair.Generate();
            var message = new byte[i];
            XEdDsa.Verify(pair.Public, message, XEdDsa.Sign(pair.Private, message)).ShouldBeTrue();
        }
    }
}
