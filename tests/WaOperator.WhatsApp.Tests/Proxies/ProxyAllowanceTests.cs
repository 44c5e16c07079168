using System.Net;
using WaOperator.Testing;
using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.WhatsApp.Tests.Proxies;

/// <summary>Where a proxy may be, and how many ways through proxies are kept.</summary>
public sealed class ProxyAllowanceTests
{
    [Theory]
    [InlineData("http", "127.0.0.1")]
    [InlineData("https", "127.0.0.1")]
    [InlineData("socks5", "127.0.0.1")]
    [InlineData("socks5h", "localhost")]
    public async Task A_proxy_where_none_may_be_is_not_connected_to(string scheme, string host)
    {
        await using var proxy = new TunnelProxy(socks: scheme[0] == 's');
        var asked = new List<IPAddress>();
        var dialer = new WebSocketDialer(
            new()
            {
                Url = new("ws://chat.invalid/"),
                AllowProxyAt = address =>
                {
                    asked.Add(address);
                    return false;
                },
            }
        );
        var e = await Should.ThrowAsync<DialException>(() =>
            dialer.DialAsync(
                ProxyAddress.Parse($"{scheme}://anna:secret@{host}:{proxy.Port}"),
                default
            )
        );
        e.Kind.ShouldBe(DisconnectKind.ProxyAddressRefused, e.Message);
        e.ToString().ShouldNotContain("secret");
        asked.ShouldNotBeEmpty();
        asked.ShouldAllBe(a => IPAddress.IsLoopback(a));
        (proxy.Asked.Count, proxy.Up).ShouldBe((0, 0));
    }

    [Fact]
    public async Task A_name_leads_to_the_address_that_is_allowed()
    {
        await using var server = new Fakes.FakeServer(TimeProvider.System.GetUtcNow());
        await using var listener = new Fakes.WebSocketListener(server);
        await using var proxy = new TunnelProxy();
        var dialer = new WebSocketDialer(
            new()
            {
                Url = listener.Url,
                AllowProxyAt = address => address.Equals(IPAddress.Loopback),
            }
        );
        await using var wire = await dialer.DialAsync(
            ProxyAddress.Parse($"http://localhost:{proxy.Port}"),
            default
        );
        proxy.Asked.Count.ShouldBe(1);
    }

    [Fact]
    public void Ways_to_media_hosts_that_rest_are_bounded_and_those_in_use_are_not()
    {
        using var http = new MediaHttp(new(), TimeProvider.System);
        var used = Enumerable.Range(0, 100).Select(i => http.Take(Proxy(i))).ToList();
        http.Proxied.ShouldBe(100);
        ReferenceEquals(http.Take(Proxy(7)), used[7]).ShouldBeTrue("sessions share it");
        foreach (var way in used)
            way.Dispose();
        http.Proxied.ShouldBe(MediaHttp.MaxResting + 1, "one is in use still");
        used[7].Dispose();
        http.Proxied.ShouldBe(MediaHttp.MaxResting);
        using (http.Take(null))
        using (http.Take(Proxy(99)))
            http.Proxied.ShouldBe(MediaHttp.MaxResting);
        http.Proxied.ShouldBe(MediaHttp.MaxResting);
    }

    private static ProxyAddress Proxy(int i) => ProxyAddress.Parse($"http://proxy{i}.example:8080");
}
