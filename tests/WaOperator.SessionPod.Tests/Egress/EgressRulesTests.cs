using System.Net;
using WaOperator.Api.Egress;

namespace WaOperator.SessionPod.Tests.Egress;

public sealed class EgressRulesTests
{
    public static TheoryData<string> Refused { get; } =
        new()
        {
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.100.100.200",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "168.63.129.16",
            "169.254.0.1",
            "169.254.169.254",
            "169.254.170.2",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "192.168.255.255",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::7f00:1", // IPv4-compatible
            "::127.0.0.1",
            "::ffff:127.0.0.1", // mapped
            "::ffff:8.8.8.8",
            "::ffff:0:8.8.8.8",
            "64:ff9b::8.8.8.8", // NAT64
            "64:ff9b::10.0.0.1",
            "64:ff9b:1::a00:1",
            "100::1",
            "2001::1", // Teredo
            "2001:0:4136:e378:8000:63bf:3fff:fdd2",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::", // 6to4 of 127.0.0.1
            "2002:808:808::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd00:ec2::254",
            "fdff:ffff::1",
            "fe80::1",
            "fe80::1%2",
            "febf::1",
            "fec0::1",
            "ff02::1",
            "ff0e::1",
        };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_is_not_public_is_refused(string address) =>
        EgressRules.Public.Allow(IPAddress.Parse(address)).ShouldBeFalse();

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("8.8.8.8")]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("126.255.255.255")]
    [InlineData("128.0.0.0")]
    [InlineData("168.63.129.17")]
    [InlineData("169.253.255.255")]
    [InlineData("169.255.0.0")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("191.255.255.255")]
    [InlineData("192.0.1.0")]
    [InlineData("192.167.255.255")]
    [InlineData("192.169.0.0")]
    [InlineData("198.17.255.255")]
    [InlineData("198.20.0.0")]
    [InlineData("223.255.255.255")]
    [InlineData("2001:200::1")]
    [InlineData("2001:4860:4860::8888")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("2a00:1450:4001::1")]
    [InlineData("3ffe::1")]
    public void What_is_public_is_allowed(string address) =>
        EgressRules.Public.Allow(IPAddress.Parse(address)).ShouldBeTrue();

    [Fact]
    public void The_platform_opens_and_closes_networks_and_closed_ones_stay_closed()
    {
        var rules = new EgressRules(
            [IPNetwork.Parse("10.1.0.0/16"), IPNetwork.Parse("fd00::/8")],
            [IPNetwork.Parse("10.1.2.0/24"), IPNetwork.Parse("34.0.0.0/8")],
            [443]
        );
        rules.Allow(IPAddress.Parse("10.1.1.1")).ShouldBeTrue();
        rules.Allow(IPAddress.Parse("fd12::1")).ShouldBeTrue();
        rules.Allow(IPAddress.Parse("10.1.2.1")).ShouldBeFalse();
        rules.Allow(IPAddress.Parse("10.2.0.1")).ShouldBeFalse();
        rules.Allow(IPAddress.Parse("34.1.1.1")).ShouldBeFalse();
        rules.Allow(IPAddress.Parse("::ffff:10.1.1.1")).ShouldBeFalse();
    }

    [Theory]
    [InlineData(null, "characters")]
    [InlineData("", "characters")]
    [InlineData("example.org/a.jpg", "https")]
    [InlineData("/a.jpg", "https")]
    [InlineData("//example.org/a.jpg", "https")]
    [InlineData("http://example.org/a.jpg", "https")]
    [InlineData("ftp://example.org/a.jpg", "https")]
    [InlineData("file:///etc/passwd", "https")]
    [InlineData("data:image/png;base64,AA==", "https")]
    [InlineData("https://", "https")]
    [InlineData("https://user:secret@example.org/", "password")]
    [InlineData("https://8.8.8.8@127.0.0.1/", "password")]
    [InlineData("https://example.org:8443/", "port")]
    [InlineData("https://example.org:22/", "port")]
    [InlineData("https://127.0.0.1/", "public")]
    [InlineData("https://2130706433/", "public")]
    [InlineData("https://0x7f000001/", "public")]
    [InlineData("https://0x7f.1/", "public")]
    [InlineData("https://0177.0.0.1/", "public")]
    [InlineData("https://127.1/", "public")]
    [InlineData("https://169.254.169.254/latest/meta-data", "public")]
    [InlineData("https://[::1]/", "public")]
    [InlineData("https://[::ffff:10.0.0.1]/", "public")]
    [InlineData("https://[fe80::1%25eth0]/", "public")]
    [InlineData("https://[64:ff9b::a00:1]/", "public")]
    public void What_is_wrong_with_an_address_is_said(string? url, string about) =>
        EgressRules.Public.Read(url, out _)!.ShouldContain(about);

    [Fact]
    public void A_good_address_is_read_whole_and_any_text_gives_an_answer()
    {
        EgressRules.Public.Read("https://example.org/a%20b.jpg?x=1#y", out var url).ShouldBeNull();
        url.AbsoluteUri.ShouldBe("https://example.org/a%20b.jpg?x=1");
        EgressRules.Public.Read("https://example.org:443/", out _).ShouldBeNull();
        EgressRules.Public.Read("https://b\u00fccher.example/", out url).ShouldBeNull();
        url.IdnHost.ShouldBe("xn--bcher-kva.example");
        EgressRules
            .Public.Read("https://example.org/" + new string('x', 2_048), out _)
            .ShouldNotBeNull();

        var random = new Random(1);
        for (var i = 0; i < 20_000; i++)
        {
            var chars = new char[random.Next(60)];
            foreach (ref var c in chars.AsSpan())
                c = (char)random.Next(0, i % 3 == 0 ? 0x10000 : 128);
            if (EgressRules.Public.Read("https://" + new string(chars), out url) is null)
                url.Scheme.ShouldBe("https");
        }
    }
}
