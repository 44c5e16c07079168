using WaOperator.Testing;
using WaOperator.WhatsApp.Tests.Fakes;

namespace WaOperator.WhatsApp.Tests.Transport;

/// <summary>The client over real sockets, with a server behind them that is the one in memory.</summary>
public sealed class WebSocketTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_device_pairs_and_logs_in_over_a_WebSocket(bool tls)
    {
        await using var server = new FakeServer(TimeProvider.System.GetUtcNow())
        {
            Greet = Greetings.OfferAsync,
        };
        var (certificate, pem) = WebSocketListener.SelfSigned();
        await using var listener = new WebSocketListener(server, tls ? certificate : null);
        using var runtime = Runtime(server, listener, tls ? pem : null);
        var phone = new FakePhone("4915112345678");
        var store = new MemoryStore();
        var client = new WhatsAppDevice(
            runtime,
            new DeviceOptions { FirstPreKeys = 30 },
            store,
            OpenGate.Instance
        );

        var scanned = new TaskCompletionSource<QrCode>();
        var pairing = client.RunAsync(
            raised =>
            {
                if (raised is QrCode qr)
                    scanned.TrySetResult(qr);
                return ValueTask.CompletedTask;
            },
            default
        );
        var code = await scanned.Task;
        await server.Last.SendAsync(phone.Scan(code));
        await Eventually.True(
            "the signature",
            () => server.Last.Received.Any(node => node.Child("pair-device-sign") is not null)
        );
        await server.Last.SendAsync(new("stream:error") { ["code"] = "515" });
        (await pairing).Kind.ShouldBe(DisconnectKind.RestartRequired);
        listener.Request.ShouldStartWith("GET /ws/chat HTTP/1.1");
        listener.Request.ShouldContain("Origin: https://web.whatsapp.com");

        server.Greet = Greetings.LoginAsync;
        server.Answer = Greetings.Answer;
        var end = await client.RunAsync(
            raised =>
            {
                if (raised is Connected)
                    _ = client.CloseAsync();
                return ValueTask.CompletedTask;
            },
            default
        );
        end.Kind.ShouldBe(DisconnectKind.LocalClose);
        server.Last.ClientClosed.ShouldBeTrue();
    }

    [Fact]
    public async Task A_certificate_that_is_not_trusted_is_told()
    {
        await using var server = new FakeServer(TimeProvider.System.GetUtcNow());
        var (certificate, _) = WebSocketListener.SelfSigned();
        var (other, otherPem) = WebSocketListener.SelfSigned();
        other.Dispose();
        await using var listener = new WebSocketListener(server, certificate);
        var end = await RunAsync(server, listener, otherPem);
        end.Kind.ShouldBe(DisconnectKind.ConnectFailed);
        end.Message.ShouldContain("TLS certificate");
        server.Links.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_server_with_TLS_that_is_called_without_is_told()
    {
        await using var server = new FakeServer(TimeProvider.System.GetUtcNow());
        await using var listener = new WebSocketListener(
            server,
            WebSocketListener.SelfSigned().Certificate
        );
        var wrong = new UriBuilder(listener.Url) { Scheme = "ws" }.Uri;
        using var runtime = new WhatsAppRuntime(
            new() { Url = wrong, RootKey = server.Root.Public.ToArray() }
        );
        var end = await new WhatsAppDevice(
            runtime,
            DeviceOptions.Default,
            MemoryStore.Paired(),
            OpenGate.Instance
        ).RunAsync(_ => ValueTask.CompletedTask, default);
        end.Kind.ShouldBe(DisconnectKind.ConnectFailed);
        end.Message.ShouldContain("wss://");
    }

    [Fact]
    public async Task A_refused_upgrade_is_told()
    {
        await using var server = new FakeServer(TimeProvider.System.GetUtcNow());
        await using var listener = new WebSocketListener(server) { Refuse = 503 };
        var end = await RunAsync(server, listener, null);
        (end.Kind, end.Code).ShouldBe((DisconnectKind.ConnectFailed, 503));
    }

    [Fact]
    public async Task A_port_where_no_one_listens_is_told()
    {
        await using var server = new FakeServer(TimeProvider.System.GetUtcNow());
        var listener = new WebSocketListener(server);
        using var runtime = Runtime(server, listener, null);
        await listener.DisposeAsync();
        var client = new WhatsAppDevice(
            runtime,
            DeviceOptions.Default,
            MemoryStore.Paired(),
            OpenGate.Instance
        );
        var end = await client.RunAsync(_ => ValueTask.CompletedTask, default);
        end.Kind.ShouldBe(DisconnectKind.ConnectFailed);
        end.Message.ShouldContain("refused");
    }

    [Theory]
    [InlineData("")]
    [InlineData("no certificate at all")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    public void Authorities_that_are_no_certificates_are_refused_at_the_start(string pem) =>
        Should.Throw<ArgumentException>(() =>
            new WhatsAppRuntime(new WhatsAppOptions { TlsCaPem = pem })
        );

    private static async Task<Disconnect> RunAsync(
        FakeServer server,
        WebSocketListener listener,
        string? pem
    )
    {
        using var runtime = Runtime(server, listener, pem);
        var client = new WhatsAppDevice(
            runtime,
            DeviceOptions.Default,
            MemoryStore.Paired(),
            OpenGate.Instance
        );
        return await client.RunAsync(_ => ValueTask.CompletedTask, default);
    }

    private static WhatsAppRuntime Runtime(
        FakeServer server,
        WebSocketListener listener,
        string? pem
    ) =>
        new(
            new WhatsAppOptions
            {
                Url = listener.Url,
                RootKey = server.Root.Public,
                TlsCaPem = pem,
            }
        );
}
