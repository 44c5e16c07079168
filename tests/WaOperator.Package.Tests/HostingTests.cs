using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Package.Tests;

/// <summary>A .NET host that runs a client.</summary>
public sealed class HostingTests : IAsyncLifetime
{
    private const string HostNumber = "491511111111";
    private const string OtherNumber = "491522222222";

    private Simulation _simulation = null!;

    public async Task InitializeAsync() => _simulation = await Simulation.StartAsync();

    public async Task DisposeAsync() => await _simulation.DisposeAsync();

    [Fact]
    public async Task The_host_runs_the_client_and_ends_with_its_session()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddWhatsAppClient(
            options =>
            {
                options.Store = new MemoryMessageStore();
                options.Device = new() { FirstPreKeys = 40 };
                options.Protocol = new()
                {
                    Url = _simulation.Host.Url,
                    RootKey = _simulation.Host.Server.RootPublic,
                };
            },
            (client, _) =>
                client
                    .OnQrCode(
                        (qr, _) =>
                            _simulation.PostedAsync(
                                $"/phones/{HostNumber}/scan",
                                new { qr = qr.Code }
                            )
                    )
                    .OnMessage(
                        (message, ct) =>
                            client.SendTextAsync(message.Head.Chat, "from the host", ct)
                    )
        );
        using var host = builder.Build();
        await host.StartAsync();
        var client = host.Services.GetRequiredService<WhatsAppClient>();
        await client.ConnectedAsync().WaitAsync(TimeSpan.FromSeconds(30));

        await using var other = await Correspondent.ConnectedAsync(_simulation, OtherNumber);
        await other.Client.SendTextAsync(HostNumber, "Who is there?");
        await other.GotAsync("from the host");

        var stopping = host.Services.GetRequiredService<IHostApplicationLifetime>();
        await _simulation.PostedAsync($"/phones/{HostNumber}/unlink", new { device = 1 });
        await Eventually.True(
            "the host to stop, since its session has ended",
            () => stopping.ApplicationStopping.IsCancellationRequested
        );
        await ((IAsyncDisposable)host).DisposeAsync();
    }

    [Fact]
    public void A_host_has_one_client()
    {
        var services = new ServiceCollection();
        services.AddWhatsAppClient(options => options.StateDirectory = "x");
        Should.Throw<InvalidOperationException>(() =>
            services.AddWhatsAppClient(options => options.StateDirectory = "y")
        );
    }
}
