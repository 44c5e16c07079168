using WaOperator.Api;

namespace WaOperator.SessionPod.Tests.Options;

/// <summary>Networks as they are set.</summary>
public sealed class NetworkTests
{
    [Theory]
    [InlineData("10.0.0.0/8", "10.0.0.0/8")]
    [InlineData("10.20.3.4/16", "10.20.0.0/16")]
    [InlineData("10.20.255.4/22", "10.20.252.0/22")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("10.1.2.3/32", "10.1.2.3/32")]
    [InlineData("fd12:3456::1/8", "fd00::/8")]
    [InlineData("2001:db8::/32", "2001:db8::/32")]
    public void A_network_is_read(string text, string network) =>
        $"{SettingReader.Network(text)}".ShouldBe(network);

    [Theory]
    [InlineData("10.0.0.0")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("::/129")]
    [InlineData(":::/8")]
    [InlineData("/8")]
    [InlineData("")]
    public void What_is_none_is_refused(string text) => SettingReader.Network(text).ShouldBeNull();
}
