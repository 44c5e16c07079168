using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using WaOperator.WhatsApp.Pairing;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Server;

namespace WaOperator.WhatsApp.Tests.Pairing;

public sealed class PasskeyCeremonyTests
{
    internal const string Options = """{"challenge":"Zm9vYmFy"}""";

    /// <summary>Five zero bytes are eight times the first letter, five full ones eight times the last: base32 in the letters of pairing codes.</summary>
    [Theory]
    [InlineData("0000000000", "11111111")]
    [InlineData("FFFFFFFFFF", "ZZZZZZZZ")]
    [InlineData("0000000001", "11111112")]
    [InlineData("8000000000", "H1111111")]
    public void The_code_is_of_the_phones_nonce_and_what_the_device_committed_to(
        string bits,
        string code
    )
    {
        var nonce = new byte[32];
        using var phone = KeyPair.Generate();
        var mask = SHA256.HashData((byte[])[.. nonce, .. phone.Public]);
        var phoneNonce = new byte[32];
        var wanted = Convert.FromHexString(bits);
        for (var i = 0; i < wanted.Length; i++)
            phoneNonce[i] = (byte)(wanted[i] ^ mask[i]);
        PasskeyCeremony.Code(phoneNonce, nonce, phone.Public).ShouldBe(code);
    }

    [Fact]
    public void The_phone_reads_the_keys_and_nothing_that_was_changed()
    {
        using var device = KeyPair.Generate();
        using var phone = KeyPair.Generate();
        byte[] noise = [.. Enumerable.Repeat((byte)1, 32)];
        byte[] identity = [.. Enumerable.Repeat((byte)2, 32)];
        byte[] secret = [.. Enumerable.Repeat((byte)3, 32)];
        var prologue = ProloguePayload.Parser.ParseFrom(
            PasskeyCeremony.Prologue(device.Public, "ref", new byte[32])
        );
        var said = CompanionEphemeralIdentity.Parser.ParseFrom(prologue.CompanionEphemeralIdentity);
        (said.Ref, said.DeviceType).ShouldBe(("ref", 1u));
        prologue
            .Commitment.Hash.ToByteArray()
            .ShouldBe(
                PasskeyCeremony.Commitment(prologue.CompanionEphemeralIdentity.Span, new byte[32])
            );
        var message = PasskeyCeremony.Seal(
            PasskeyCeremony.Key(device.Private, phone.Public, 1, "ref"),
            noise,
            identity,
            secret
        );
        var read = PhonePasskey.Open(phone, said, message);
        read.CompanionPublicKey.ToByteArray().ShouldBe(noise);
        read.CompanionIdentityKey.ToByteArray().ShouldBe(identity);
        read.AdvSecret.ToByteArray().ShouldBe(secret);

        message[8] ^= 1;
        Should.Throw<CryptographicException>(() => PhonePasskey.Open(phone, said, message));
        message[8] ^= 1;
        said.Ref = "another";
        Should.Throw<CryptographicException>(() => PhonePasskey.Open(phone, said, message));
    }

    [Fact]
    public void An_assertion_is_passed_on_without_what_whatsapp_does_not_read()
    {
        var given = Assertion();
        given["authenticatorAttachment"] = "platform";
        given["clientExtensionResults"] = new JsonObject { ["secret"] = "x" };
        given["response"]!["userHandle"] = "AAAA";
        var read = PasskeyAssertion.Read(given.ToJsonString(), Options);
        read.CredentialId.ShouldBe([1, 2, 3]);
        var sent = JsonNode.Parse(read.Json)!.AsObject();
        sent.Select(p => p.Key).ShouldBe(["id", "rawId", "type", "response"]);
        sent["response"]!.AsObject().Count.ShouldBe(4);
        sent["response"]!["userHandle"]!.GetValue<string>().ShouldBe("AAAA");
    }

    public static TheoryData<string> Broken() =>
        new(
            "",
            "7",
            "null",
            "[]",
            "{}",
            "{\"rawId\":1}",
            With(a => a["type"] = "password"),
            With(a => a["rawId"] = "!!"),
            With(a => a["rawId"] = ""),
            With(a => a.Remove("id")),
            Assertion()
                .ToJsonString()
                .Replace("\"id\":\"AQID\"", "\"id\":\"\\uD800\"", StringComparison.Ordinal),
            With(a => a["response"] = "x"),
            With(a => a["response"]!.AsObject().Remove("signature")),
            With(a => a["response"]!["authenticatorData"] = "AAAA"),
            With(a => a["response"]!["clientDataJSON"] = "AAAA"),
            With(a => a["response"]!["clientDataJSON"] = Client("webauthn.create", "Zm9vYmFy")),
            With(a => a["response"]!["clientDataJSON"] = Client("webauthn.get", "other")),
            "{\"rawId\":\"AQID\"," + Assertion().ToJsonString()[1..],
            new string(' ', PasskeyAssertion.MostLength + 1)
        );

    [Theory]
    [MemberData(nameof(Broken))]
    public void What_is_no_answer_to_the_request_is_refused(string text) =>
        Should
            .Throw<FormatException>(() => PasskeyAssertion.Read(text, Options))
            .Message.ShouldStartWith("The passkey's assertion ");

    [Fact]
    public void Half_a_surrogate_pair_is_refused() =>
        Should.Throw<FormatException>(() => PasskeyAssertion.Read("\"\uD800\"", Options));

    private static string With(Action<JsonObject> change)
    {
        var assertion = Assertion();
        change(assertion);
        return assertion.ToJsonString();
    }

    internal static JsonObject Assertion() =>
        new()
        {
            ["id"] = "AQID",
            ["rawId"] = "AQID",
            ["type"] = "public-key",
            ["response"] = new JsonObject
            {
                ["clientDataJSON"] = Client("webauthn.get", "Zm9vYmFy"),
                ["authenticatorData"] = Base64Url.EncodeToString(new byte[37]),
                ["signature"] = "AQID",
                ["userHandle"] = null,
            },
        };

    private static string Client(string type, string challenge) =>
        Base64Url.EncodeToString(
            Encoding.UTF8.GetBytes(
                new JsonObject
                {
                    ["type"] = type,
                    ["challenge"] = challenge,
                    ["origin"] = "https://web.whatsapp.com",
                }.ToJsonString()
            )
        );
}
