namespace WaOperator.WhatsApp.Tests.Proxies;

public sealed class ProxyAddressTests
{
    [Theory]
    [InlineData("http://proxy.example", "http://proxy.example:80")]
    [InlineData("https://proxy.example/", "https://proxy.example:443")]
    [InlineData("socks5://proxy.example", "socks5://proxy.example:1080")]
    [InlineData("SOCKS5H://Proxy.example:9", "socks5h://proxy.example:9")]
    [InlineData("http://u:p@192.0.2.1:3128", "http://192.0.2.1:3128")]
    [InlineData("socks5://u:p@[2001:db8::1]", "socks5://[2001:db8::1]:1080")]
    public void Is_told_with_its_port_and_without_credentials(string text, string told) =>
        ProxyAddress.Parse(text).ToString().ShouldBe(told);

    [Theory]
    [InlineData("http://anna:s%3Ae%40c%2Fr%25t@h", "anna", "s:e@c/r%t")]
    [InlineData("socks5://a%3Ab:p@h", "a:b", "p")]
    [InlineData("socks5://anna@h", "anna", "")]
    [InlineData("socks5://anna:a:b@h", "anna", "a:b")]
    public void User_and_password_are_percent_decoded(string text, string user, string password)
    {
        var credentials = ProxyAddress.Parse(text).Credentials.ShouldNotBeNull();
        (credentials.UserName, credentials.Password).ShouldBe((user, password));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("secret")]
    [InlineData("secret.example:1080")]
    [InlineData("socks5:secret")]
    [InlineData("ftp://secret@h")]
    [InlineData("socks4://secret@h")]
    [InlineData("file:///secret")]
    [InlineData("http://u:secret@h/path")]
    [InlineData("http://u:secret@h?query")]
    [InlineData("http://u:secret@h#fragment")]
    [InlineData("http://u:secret@h:0")]
    [InlineData("http://u:secret@h:65536")]
    [InlineData("http://:secret@h")]
    [InlineData("http://u%0d%0a:secret@h")]
    [InlineData("http://u%3Av:secret@h")]
    [InlineData("socks5://u:secret@")]
    [InlineData("socks5://u:secret@[fe80::1%25eth0]")]
    public void What_is_none_is_refused_and_not_repeated(string? text)
    {
        ProxyAddress.TryParse(text, out _, out var problem).ShouldBeFalse();
        problem!.ShouldNotContain("secret");
    }

    [Fact]
    public void Too_long_is_refused()
    {
        var most = new string('x', ProxyAddress.MaxCredential);
        ProxyAddress.TryParse($"socks5://{most}:{most}@h", out _, out _).ShouldBeTrue();
        ProxyAddress.TryParse($"socks5://{most}y:p@h", out _, out _).ShouldBeFalse();
        ProxyAddress.TryParse($"socks5://u:{most}y@h", out _, out _).ShouldBeFalse();
        ProxyAddress
            .TryParse("http://" + new string('h', ProxyAddress.MaxLength), out _, out _)
            .ShouldBeFalse();
    }

    [Fact]
    public void Other_credentials_are_another_proxy()
    {
        ProxyAddress.Parse("http://u:p@h").ShouldBe(ProxyAddress.Parse("http://u:p@H:80/"));
        ProxyAddress.Parse("http://u:p@h").ShouldNotBe(ProxyAddress.Parse("http://u:q@h"));
        ProxyAddress.Parse("http://u:p@h").ShouldNotBe(ProxyAddress.Parse("http://h"));
    }

    [Fact]
    public void A_device_does_not_tell_the_password_of_its_proxy() =>
        new DeviceOptions { Proxy = ProxyAddress.Parse("http://u:secret@h") }
            .ToString()
            .ShouldNotContain("secret");
}
