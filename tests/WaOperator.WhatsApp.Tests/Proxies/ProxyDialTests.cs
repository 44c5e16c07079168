using System.Security.Cryptography.X509Certificates;
using WaOperator.Testing;
using WaOperator.WhatsApp.Tests.Fakes;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.WhatsApp.Tests.Proxies;

/// <summary>Connections through each kind of proxy, and how each failure of one is told.</summary>
public sealed class ProxyDialTests : IAsyncLifetime
{
    /// <summary>A name that no DNS has (RFC 6761): it works only where the proxy resolves it.</summary>
    private const string Unknown = "chat.invalid";
    private const string Secret = "p:a@s/s";

    private X509Certificate2 _certificate = null!;
    private string _pem = "";
    private FakeServer _server = null!;
    private WebSocketListener _listener = null!;

    public Task InitializeAsync()
    {
        (_certificate, _pem) = WebSocketListener.SelfSigned();
        (_server, _listener) = Listen();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _listener.DisposeAsync();
        await _server.DisposeAsync();
        _certificate.Dispose();
    }

    [Theory]
    [InlineData("http", false)]
    [InlineData("http", true)]
    [InlineData("https", false)]
    [InlineData("https", true)]
    [InlineData("socks5", false)]
    [InlineData("socks5", true)]
    [InlineData("socks5h", false)]
    [InlineData("socks5h", true)]
    public async Task The_proxy_resolves_the_name(string scheme, bool asks)
    {
        await using var proxy = Proxy(scheme, asks);
        await using var wire = await DialAsync(Address(scheme, proxy, asks ? Secret : null));
        proxy.Asked.ShouldBe([$"{Unknown}:{_listener.Url.Port}"]);
        proxy.Up.ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    [InlineData("socks5")]
    public async Task Wrong_credentials_are_told_and_not_repeated(string scheme)
    {
        await using var proxy = Proxy(scheme, asks: true);
        foreach (var password in (string?[])["wrong", null])
        {
            var e = await FailsAsync(Address(scheme, proxy, password));
            e.Kind.ShouldBe(DisconnectKind.ProxyCredentialsRefused, e.Message);
            e.ToString().ShouldNotContain("wrong");
        }
        proxy.Asked.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    [InlineData("socks5")]
    public async Task A_refused_tunnel_is_told(string scheme)
    {
        await using var proxy = Proxy(scheme, asks: true);
        proxy.Refuses = true;
        var e = await FailsAsync(Address(scheme, proxy, Secret));
        e.Kind.ShouldBe(DisconnectKind.ProxyRefused, e.Message);
        e.ToString().ShouldNotContain(Uri.EscapeDataString(Secret));
    }

    [Theory]
    [InlineData("http")]
    [InlineData("https")]
    [InlineData("socks5")]
    public async Task A_proxy_that_is_not_there_is_told(string scheme)
    {
        await using var proxy = Proxy(scheme, asks: false);
        await proxy.StopAsync();
        var e = await FailsAsync(Address(scheme, proxy, Secret));
        e.Kind.ShouldBe(DisconnectKind.ProxyUnreachable, e.Message);
        e.ToString().ShouldNotContain(Uri.EscapeDataString(Secret));
        _server.Links.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_proxy_whose_certificate_is_not_trusted_is_told()
    {
        var (other, otherPem) = WebSocketListener.SelfSigned();
        other.Dispose();
        await using var proxy = Proxy("https", asks: false);
        var e = await FailsAsync(Address("https", proxy, null), otherPem);
        e.Kind.ShouldBe(DisconnectKind.ProxyTlsFailed, e.Message);
        proxy.Asked.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("http")]
    [InlineData("socks5")]
    public async Task A_servers_bad_certificate_is_not_the_proxys_fault(string scheme)
    {
        await using var secure = new WebSocketListener(
            _server,
            WebSocketListener.SelfSigned().Certificate
        );
        await using var proxy = Proxy(scheme, asks: false);
        var e = await FailsAsync(Address(scheme, proxy, null), url: secure.Url);
        e.Kind.ShouldBe(DisconnectKind.ConnectFailed, e.Message);
        e.Message.ShouldContain("TLS certificate");
    }

    [Fact]
    public async Task A_servers_refusal_is_not_the_proxys_fault()
    {
        _listener.Refuse = 503;
        await using var proxy = Proxy("http", asks: false);
        var e = await FailsAsync(Address("http", proxy, null));
        (e.Kind, e.HttpStatus).ShouldBe((DisconnectKind.ConnectFailed, 503));
    }

    private static (FakeServer, WebSocketListener) Listen()
    {
        var server = new FakeServer(TimeProvider.System.GetUtcNow());
        return (server, new(server));
    }

    private TunnelProxy Proxy(string scheme, bool asks) =>
        new(scheme[0] == 's', scheme == "https" ? _certificate : null)
        {
            Credentials = asks ? ("anna", Secret) : null,
        };

    private static ProxyAddress Address(string scheme, TunnelProxy proxy, string? password) =>
        ProxyAddress.Parse(
            password is null
                ? $"{scheme}://localhost:{proxy.Port}"
                : $"{scheme}://anna:{Uri.EscapeDataString(password)}@localhost:{proxy.Port}"
        );

    private Task<IWire> DialAsync(ProxyAddress proxy, string? pem = null, Uri? url = null) =>
        new WebSocketDialer(
            new()
            {
                Url = url ?? new UriBuilder(_listener.Url) { Host = Unknown }.Uri,
                TlsCaPem = pem ?? _pem,
            }
        ).DialAsync(proxy, default);

    private Task<DialException> FailsAsync(
        ProxyAddress proxy,
        string? pem = null,
        Uri? url = null
    ) => Should.ThrowAsync<DialException>(() => DialAsync(proxy, pem, url));
}
