using System.Text;
using WaOperator.Operator.Webhooks;
using WaOperator.Resources;
using WaOperator.Sealing;
using WaOperator.Store;

namespace WaOperator.Operator.Tests.Webhooks;

public sealed class WebhookSecretValuesTests
{
    [Theory]
    [InlineData(24, true)]
    [InlineData(32, true)]
    [InlineData(64, true)]
    [InlineData(23, false)]
    [InlineData(65, false)]
    [InlineData(0, false)]
    [InlineData(100_000, false)]
    public void A_signing_secret_has_24_to_64_bytes(int length, bool usable)
    {
        byte[] bytes = [.. Enumerable.Range(0, length).Select(i => (byte)i)];
        foreach (
            var text in new[]
            {
                "whsec_" + Convert.ToBase64String(bytes),
                Convert.ToBase64String(bytes),
                $" \twhsec_{Convert.ToBase64String(bytes)}\r\n",
            }
        )
            WebhookSecretValues
                .Signing(Encoding.ASCII.GetBytes(text))
                .ShouldBe(usable ? bytes : null, text.Length < 200 ? text : "long");
    }

    [Theory]
    [InlineData("whsec_")]
    [InlineData("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")] // cut off
    [InlineData("whsec_AAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAA")]
    [InlineData("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA-_")] // of URLs
    [InlineData("whsec_whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("whpk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void What_is_no_base64_is_none(string text) =>
        WebhookSecretValues.Signing(Encoding.ASCII.GetBytes(text)).ShouldBeNull();

    // A key pair of RFC 8032, 7.1.
    private const string Seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
    private const string Public =
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

    [Theory]
    [InlineData("whsk_", Seed, true)]
    [InlineData("whsk_", Seed + Public, true)]
    [InlineData("", Seed, false)]
    [InlineData("whsk_", Seed + Seed, false)] // another's public key
    [InlineData("whsk_", Public + "00", false)]
    [InlineData("whsec_", Seed, false)]
    [InlineData("whpk_", Public, false)]
    public void A_key_that_signs_is_a_seed_or_a_whole_key(string prefix, string hex, bool usable)
    {
        var text = prefix + Convert.ToBase64String(Convert.FromHexString(hex));
        WebhookSecretValues
            .Signing(
                Encoding.ASCII.GetBytes(text + "\n"),
                new() { Signature = WebhookSignatures.V1a }
            )
            .ShouldBe(usable ? Convert.FromHexString(Seed + Public) : null);
    }

    [Theory]
    [InlineData("0123456789abcdef", true)]
    [InlineData(" 0123456789abcdef\n", true)]
    [InlineData("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", true)]
    [InlineData("0123456789abcde", false)]
    [InlineData("0123456789 abcdef", false)]
    [InlineData("0123456789\u00e4bcdef", false)]
    [InlineData("", false)]
    public void For_the_cloud_api_the_text_itself_is_the_key(string text, bool usable)
    {
        var spec = new WebhookSpec { Format = WebhookFormats.CloudApi };
        WebhookSecretValues
            .Signing(Encoding.UTF8.GetBytes(text), spec)
            .ShouldBe(usable ? Encoding.ASCII.GetBytes(text.Trim()) : null);
        WebhookSecretValues
            .Signing(Encoding.ASCII.GetBytes(new string('x', 128)), spec)
            .ShouldNotBeNull();
        WebhookSecretValues
            .Signing(Encoding.ASCII.GetBytes(new string('x', 129)), spec)
            .ShouldBeNull();
    }

    [Theory]
    [InlineData("Authorization", "Bearer x\n", null)]
    [InlineData("X-Key", " a b ", null)]
    [InlineData("Host", "x", "cannot be set")]
    [InlineData("content-TYPE", "x", "cannot be set")]
    [InlineData("Content-Length", "x", "cannot be set")]
    [InlineData("transfer-encoding", "x", "cannot be set")]
    [InlineData("Connection", "x", "cannot be set")]
    [InlineData("Webhook-Id", "x", "cannot be set")]
    [InlineData("x-hub-signature-256", "x", "cannot be set")]
    [InlineData("webhook-anything", "x", "cannot be set")]
    [InlineData("proxy-authorization", "x", "cannot be set")]
    [InlineData("X Key", "x", "no name of a header")]
    [InlineData("", "x", "no name of a header")]
    [InlineData("X-Key", "a\nInjected: b", "printable")]
    [InlineData("X-Key", "caf\u00e9", "printable")]
    [InlineData("X-Key", "\n", "printable")]
    public void Headers_are_those_that_can_be_set(string name, string value, string? wrong)
    {
        var headers = WebhookSecretValues.Headers(
            new Dictionary<string, byte[]> { [name] = Encoding.UTF8.GetBytes(value) },
            out var why
        );
        if (wrong is null)
            headers![name].ShouldBe(value.Trim());
        else
            headers.ShouldBeNull();
        (why ?? "").ShouldContain(wrong ?? "");
        (why is null).ShouldBe(wrong is null);
        (why ?? "").ShouldNotContain("Injected");
    }

    [Fact]
    public void Headers_are_bounded_and_are_there_once()
    {
        Headers(Enumerable.Range(0, 16).Select(i => ($"X-{i}", "x"))).ShouldNotBeNull();
        Headers(Enumerable.Range(0, 17).Select(i => ($"X-{i}", "x"))).ShouldBeNull();
        Headers([("X-A", new string('x', 1024))]).ShouldNotBeNull();
        Headers([("X-A", new string('x', 1025))]).ShouldBeNull();
        Headers([("X-A", "x"), ("x-a", "x")]).ShouldBeNull();
        Headers([("b", "x"), ("a", "x")])!.Keys.ShouldBe(["a", "b"]);
    }

    [Fact]
    public void A_box_differs_each_time_and_its_tag_does_not()
    {
        var (open, secret) = SealedBox.CreateKeys();
        var secrets = new WebhookSecrets { Signing = [new byte[32]] };
        var one = WebhookSecretValues.Seal(secrets, new(1, open));
        var other = WebhookSecretValues.Seal(secrets, new(1, open));
        one.Box.ShouldNotBe(other.Box);
        one.Tag.ShouldBe(other.Tag);
        WebhookSecrets
            .FromBytes(SealedBox.Open(open, secret, one.Box))
            .Signing.Single()
            .ShouldBe(new byte[32]);
        var changed = secrets with { Headers = new Dictionary<string, string> { ["a"] = "b" } };
        WebhookSecretValues.Seal(changed, new(1, open)).Tag.ShouldNotBe(one.Tag);
        WebhookSecretValues
            .Seal(secrets, new(1, SealedBox.CreateKeys().Public))
            .Tag.ShouldNotBe(one.Tag);
    }

    private static IReadOnlyDictionary<string, string>? Headers(
        IEnumerable<(string Name, string Value)> headers
    ) =>
        WebhookSecretValues.Headers(
            headers.ToDictionary(
                h => h.Name,
                h => Encoding.ASCII.GetBytes(h.Value),
                StringComparer.Ordinal
            ),
            out _
        );
}
