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
