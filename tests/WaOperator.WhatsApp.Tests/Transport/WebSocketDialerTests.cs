using WaOperator.Testing;
using WaOperator.WhatsApp.Tests.Fakes;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.WhatsApp.Tests.Transport;

/// <summary>What is kept of a connection once it is made.</summary>
public sealed class WebSocketDialerTests
{
    /// <summary>One unmasked binary message.</summary>
    private static readonly byte[] Message = [0x82, 3, 7, 8, 9];

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task What_follows_the_upgrade_at_once_is_received(bool tls, bool proxied)
    {
        await using var server = new FakeServer(TimeProvider.System.GetUtcNow());
        var (certificate, pem) = WebSocketListener.SelfSigned();
        await using var listener = new WebSocketListener(server, tls ? certificate : null)
        {
            Behind = [.. Message, .. Message],
        };
        await using var proxy = new TunnelProxy();
        var dialer = new WebSocketDialer(
            new WhatsAppOptions { Url = listener.Url, TlsCaPem = tls ? pem : null }
        );
        await using var wire = await dialer.DialAsync(
            proxied ? ProxyAddress.Parse($"http://localhost:{proxy.Port}") : null,
            default
        );
        await wire.WaitAsync(default);
        var received = new byte[6];
        var count = 0;
        while (count < received.Length)
        {
            var more = await wire.ReceiveAsync(received.AsMemory(count), default);
            more.ShouldBeGreaterThan(0);
            count += more;
        }
        received.ShouldBe([7, 8, 9, 7, 8, 9]);
        proxy.Asked.ShouldBe(proxied ? [listener.Url.Authority] : []);
    }
}
