using WaOperator.Simulator.Statistics;

namespace WaOperator.Simulator.Wire;

/// <summary>One timer for all connections: cuts those whose time is up or that have been silent for too long.</summary>
internal sealed class Sweeper(WhatsAppServer server) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, server.Clock.Time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            foreach (var connection in server.Connections.Keys)
                Sweep(connection);
        }
    }

    private void Sweep(Connection connection)
    {
        if (connection.Deadline is { } deadline && server.Clock.Since(deadline) >= TimeSpan.Zero)
        {
            connection.Abort();
        }
        else if (
            connection.Deadline is null
            && server.Clock.Since(connection.LastFrame) > server.Options.IdleTimeout
        )
        {
            if (connection.Device is { } device)
                server.Login.Detach(connection, device, Ending.Idle);
            connection.Abort();
        }
    }
}
