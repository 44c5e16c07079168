namespace WaOperator.Simulator.Storage;

/// <summary>Writes the state while the simulator runs; the host writes it a last time when all has stopped.</summary>
internal sealed class StateWriter(WhatsAppServer server, StateFolder folder) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, server.Clock.Time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            folder.Save();
    }
}
