using WaOperator.Simulator.Tests.OwnClient;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Media;

namespace WaOperator.Simulator.Tests.Media;

/// <summary>A server without TLS that names media hosts with it: what failed is told with scheme and cause.</summary>
public sealed class SchemeTests
{
    [Fact]
    public async Task A_host_that_speaks_TLS_is_named_with_the_scheme_it_was_asked_by()
    {
        await using var plain = await Simulation.StartAsync(Simulation.Options);
        await using var secure = await MediaWorld.StartAsync();
        await using var anna = await Correspondent.ConnectedAsync(plain, "491511111112");
        using (
            var named = await plain.PutAsync("/media/hosts", new { hosts = new[] { secure.Host } })
        )
            named.EnsureSuccessStatusCode();

        using var source = new MemoryStream([1, 2, 3]);
        var e = await Should.ThrowAsync<MediaException>(() =>
            anna.Client.UploadAsync(MediaKind.Image, source, MediaWorld.Cancel())
        );

        e.Message.ShouldContain($"http://{secure.Host}: ");
        e.Message.ShouldContain("ended prematurely");
        e.Message.ShouldContain("wss://");
    }

    [Fact]
    public async Task A_server_without_TLS_that_is_called_with_it_is_told()
    {
        await using var plain = await Simulation.StartAsync(Simulation.Options);
        using var runtime = new WhatsAppRuntime(
            new()
            {
                Url = new UriBuilder(plain.Host.Url) { Scheme = "wss" }.Uri,
                RootKey = plain.Host.Server.RootPublic,
            }
        );
        var client = new WhatsAppDevice(
            runtime,
            DeviceOptions.Default,
            new MemoryStore(),
            OpenGate.Instance
        );
        var end = await client.RunAsync(_ => ValueTask.CompletedTask, MediaWorld.Cancel());
        end.Kind.ShouldBe(DisconnectKind.ConnectFailed);
        end.Message.ShouldContain(" ws://");
    }
}
