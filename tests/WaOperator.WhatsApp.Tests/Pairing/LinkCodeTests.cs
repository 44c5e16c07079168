using System.Security.Cryptography;
using WaOperator.WhatsApp.Pairing;
using WaOperator.WhatsApp.Server;

namespace WaOperator.WhatsApp.Tests.Pairing;

public sealed class LinkCodeTests
{
    [Fact]
    public void Codes_are_easy_to_read_and_differ()
    {
        var codes = Enumerable.Range(0, 200).Select(_ => LinkCode.NewCode()).ToList();
        codes.Distinct(StringComparer.Ordinal).Count().ShouldBe(codes.Count);
        string.Concat(codes).ToHashSet().ShouldBeSubsetOf("123456789ABCDEFGHJKLMNPQRSTVWXYZ");
        codes.ShouldAllBe(code => code.Length == LinkCode.Length);
    }

    /// <summary>Made by OpenSSL: PBKDF2 and AES-256-CTR, with an iv whose counter runs over.</summary>
    [Fact]
    public void Others_encrypt_the_same() =>
        Convert
            .ToHexString(
                LinkCode.Unwrap(
                    "ABCD1234",
                    Convert.FromHexString(
                        "0707070707070707070707070707070707070707070707070707070707070707FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFE36CFBEB3BB2D238569B5822BC724EF652822EC9CE916B23943AC64F9D924DDA"
                    )
                )
            )
            .ShouldBe(Convert.ToHexString([.. Enumerable.Range(0, 32).Select(i => (byte)i)]));

    [Fact]
    public void Both_sides_derive_the_same_secret_if_the_code_is_the_same()
    {
        using var device = KeyPair.Generate();
        using var identity = KeyPair.Generate();
        using var phone = KeyPair.Generate();
        using var account = KeyPair.Generate();
        var hello = LinkCode.Wrap("ABCD1234", device.Public);
        var answer = LinkCode.Wrap("ABCD1234", phone.Public);
        LinkCode.Unwrap("ABCD1234", hello).ShouldBe(device.Public);
        LinkCode.Unwrap("ABCD1235", hello).ShouldNotBe(device.Public);

        var (bundle, secret) = LinkCode.Finish(
            device,
            identity,
            LinkCode.Unwrap("ABCD1234", answer),
            account.Public
        );
        var (found, same) = PhoneLinkCode.Accept(
            phone,
            account,
            LinkCode.Unwrap("ABCD1234", hello),
            bundle
        );
        found.ShouldBe(identity.Public);
        same.ShouldBe(secret);

        using var another = KeyPair.Generate();
        foreach (
            var wrong in new Action[]
            {
                () => PhoneLinkCode.Accept(phone, account, another.Public, bundle),
                () => PhoneLinkCode.Accept(another, account, device.Public, bundle),
                () => PhoneLinkCode.Accept(phone, another, device.Public, bundle),
                () => PhoneLinkCode.Accept(phone, account, device.Public, [.. bundle.Skip(1)]),
            }
        )
            Should.Throw<CryptographicException>(wrong);
        Should.Throw<ArgumentException>(() => LinkCode.Unwrap("ABCD1234", hello.AsSpan(1)));
    }
}
