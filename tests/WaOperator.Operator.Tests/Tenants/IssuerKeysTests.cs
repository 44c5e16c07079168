using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;
using WaOperator.Operator.Tenants;

namespace WaOperator.Operator.Tests.Tenants;

public sealed class IssuerKeysTests
{
    [Fact]
    public void Public_keys_are_kept_and_nothing_beside_them()
    {
        var set = Set(Rsa(2048, "a"), Ec(ECCurve.NamedCurves.nistP256, "b"));
        set["comment"] = "<script>";
        set["keys"]![0]!["x5c"] = new JsonArray("AAAA");
        set["keys"]![0]!["use"] = "sig";
        set["keys"]![0]!["alg"] = "RS256";

        var keys = JsonNode.Parse(Read(set)!)!;

        keys.AsObject().Select(p => p.Key).ShouldBe(["keys"]);
        keys["keys"]!
            .AsArray()
            .Select(k => string.Join(' ', k!.AsObject().Select(p => p.Key)))
            .ShouldBe(["kty kid n e", "kty kid crv x y"]);
        new JsonWebKeySet(keys.ToJsonString()).GetSigningKeys().Count.ShouldBe(2);
    }

    [Fact]
    public void Those_that_cannot_be_used_are_left_out()
    {
        var other = Rsa(2048, "c");
        other["use"] = "enc";
        var algorithm = Rsa(2048, "d");
        algorithm["alg"] = "PS256";
        var moved = Ec(ECCurve.NamedCurves.nistP256, "e");
        moved["x"] = moved["y"]!.DeepClone();

        var keys = Read(
            Set(
                Rsa(2048, "a"),
                Rsa(1024, "b"),
                other,
                algorithm,
                moved,
                Ec(ECCurve.NamedCurves.nistP384, "f")
            )
        );

        JsonNode.Parse(keys!)!["keys"]!.AsArray().Select(k => (string?)k!["kid"]).ShouldBe(["a"]);
    }

    [Fact]
    public void A_private_key_is_refused_and_not_told()
    {
        using var rsa = RSA.Create(2048);
        var secret = Base64UrlEncoder.Encode(rsa.ExportParameters(true).D);
        var key = Rsa(2048, "a");
        key["d"] = secret;

        IssuerKeys.Read(Bytes(Set(key)), out var wrong).ShouldBeNull();
        wrong.ShouldNotBeNull().ShouldContain("private");
        wrong.ShouldNotContain(secret!);
        IssuerKeys
            .Read(Bytes(Set(new JsonObject { ["kty"] = "oct", ["k"] = "c2VjcmV0" })), out wrong)
            .ShouldBeNull();
        wrong!.ShouldContain("symmetric");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-----BEGIN PUBLIC KEY-----")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"keys":[]}""")]
    [InlineData("""{"keys":null}""")]
    [InlineData("""{"keys":{}}""")]
    [InlineData("""{"keys":[1,"x",null]}""")]
    [InlineData("""{"keys":[{}]}""")]
    [InlineData("""{"keys":[{"kty":"RSA"}]}""")]
    [InlineData("""{"keys":[{"kty":"RSA","n":"!","e":"AQAB"}]}""")]
    [InlineData("""{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}""")]
    [InlineData("""{"keys":[{"kty":"EC","crv":"P-256","x":"AQAB","y":"AQAB"}]}""")]
    public void What_is_no_key_set_is_refused_in_words(string? text)
    {
        IssuerKeys
            .Read(text is null ? null : Encoding.UTF8.GetBytes(text), out var wrong)
            .ShouldBeNull();
        wrong.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public void Too_many_and_too_much_are_refused()
    {
        var key = Rsa(2048, "a");
        IssuerKeys
            .Read(
                Bytes(Set([.. Enumerable.Range(0, 17).Select(_ => key.DeepClone().AsObject())])),
                out var many
            )
            .ShouldBeNull();
        many!.ShouldContain("17");
        IssuerKeys.Read(new byte[(64 * 1024) + 1], out var much).ShouldBeNull();
        much!.ShouldContain("64 KiB");
    }

    private static string? Read(JsonObject set)
    {
        var keys = IssuerKeys.Read(Bytes(set), out var wrong);
        wrong.ShouldBeNull();
        return keys;
    }

    private static byte[] Bytes(JsonObject set) => Encoding.UTF8.GetBytes(set.ToJsonString());

    private static JsonObject Set(params JsonObject[] keys) =>
        new() { ["keys"] = new JsonArray([.. keys]) };

    private static JsonObject Rsa(int bits, string kid)
    {
        using var rsa = RSA.Create(bits);
        var key = rsa.ExportParameters(false);
        return new()
        {
            ["kty"] = "RSA",
            ["kid"] = kid,
            ["n"] = Base64UrlEncoder.Encode(key.Modulus),
            ["e"] = Base64UrlEncoder.Encode(key.Exponent),
        };
    }

    private static JsonObject Ec(ECCurve curve, string kid)
    {
        using var ec = ECDsa.Create(curve);
        var key = ec.ExportParameters(false);
        return new()
        {
            ["kty"] = "EC",
            ["kid"] = kid,
            ["crv"] = ec.KeySize == 256 ? "P-256" : "P-384",
            ["x"] = Base64UrlEncoder.Encode(key.Q.X),
            ["y"] = Base64UrlEncoder.Encode(key.Q.Y),
        };
    }
}
