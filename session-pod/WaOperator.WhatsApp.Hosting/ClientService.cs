using Microsoft.Extensions.Hosting;

namespace WaOperator.WhatsApp.Hosting;

/// <summary>Runs the client as long as the host runs.</summary>
internal sealed class ClientService(WhatsAppClient client) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        client.RunAsync(stoppingToken);
}
