using System.IO.Pipes;
using System.Net;
using System.Net.Sockets;
using WaOperator.Simulator.Tests.Media;
using WaOperator.Simulator.Tests.OwnClient;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Media;

namespace WaOperator.Simulator.Tests.Proxies;

/// <summary>A session behind a proxy: all that it does goes through it, and nothing while the proxy is away.</summary>
public sealed class ProxiedSessionTests
{
    private const int Length = 300_000;

    [Theory]
    [InlineData("http")]
    [InlineData("socks5")]
    [InlineData("socks5h")]
    public async Task Pairing_login_and_files_go_through_the_proxy(string scheme)
    {
        await using var proxy = Proxy(scheme);
        await using var world = await MediaWorld.StartAsync(proxy: Address(scheme, proxy));
        proxy.Asked.ShouldBe([world.Host, world.Host]); // Paired, then logged in.
        var (up, down) = (proxy.Up, proxy.Down);

        var file = MediaWorld.Random(Length);
        var reference = await world.UploadAsync(file);
        (await world.DownloadAsync(reference)).ShouldBe(file);

        (proxy.Up - up).ShouldBeGreaterThan(Length);
        (proxy.Down - down).ShouldBeGreaterThan(Length);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("socks5")]
    public async Task Without_its_proxy_a_session_is_silent_and_with_it_is_back(string scheme)
    {
        await using var proxy = Proxy(scheme);
        await using var world = await MediaWorld.StartAsync(proxy: Address(scheme, proxy));
        var file = MediaWorld.Random(Length);
        var reference = await world.UploadAsync(file);
        var logins = await world.CountAsync("logins");
        logins.ShouldBeGreaterThan(0, "the simulator counts logins");

        await proxy.StopAsync();
        (await world.EndedAsync()).Kind.ShouldBeOneOf(
            DisconnectKind.ConnectionLost,
            DisconnectKind.StreamEnd
        );
        (await world.ConnectAsync()).ShouldBeFalse();
        (await world.EndedAsync()).Kind.ShouldBe(DisconnectKind.ProxyUnreachable);
        (await world.CountAsync("logins")).ShouldBe(logins, "nothing went past the proxy");

        proxy.Restart();
        (await world.ConnectAsync()).ShouldBeTrue();
        (await world.DownloadAsync(reference)).ShouldBe(file);
        (await world.CountAsync("logins")).ShouldBe(logins + 1);
    }

    [Fact]
    public async Task A_transfer_ends_with_the_connection_that_is_closed_for_another_way()
    {
        await using var world = await MediaWorld.StartAsync();
        using var never = new AnonymousPipeServerStream();
        using var source = new AnonymousPipeClientStream(never.GetClientHandleAsString());
        var upload = world.Client.UploadAsync(MediaKind.Document, source, MediaWorld.Cancel());

        await world.Client.CloseAsync();
        await never.DisposeAsync();

        (await Should.ThrowAsync<MediaException>(() => upload)).Message.ShouldContain("closed");
    }

    [Fact]
    public async Task A_proxy_that_takes_the_connection_and_says_nothing_is_to_blame()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var runtime = new WhatsAppRuntime(
            new() { Url = new("wss://chat.invalid/"), ConnectTimeout = TimeSpan.FromSeconds(1) }
        );
        var proxy = ProxyAddress.Parse($"socks5://{silent.LocalEndpoint}");
        var device = new WhatsAppDevice(
            runtime,
            new() { Proxy = proxy },
            new MemoryStore(),
            OpenGate.Instance
        );

        var end = await device.RunAsync(_ => ValueTask.CompletedTask, MediaWorld.Cancel());

        (end.Kind, end.Message).ShouldBe(
            (
                DisconnectKind.ProxyUnreachable,
                $"No connection came about through the proxy {proxy} within 1 s."
            )
        );
    }

    private static TunnelProxy Proxy(string scheme) =>
        new(socks: scheme[0] == 's') { Credentials = ("anna", "secret") };

    private static ProxyAddress Address(string scheme, TunnelProxy proxy) =>
        ProxyAddress.Parse($"{scheme}://anna:secret@127.0.0.1:{proxy.Port}");
}
