namespace WaOperator.Simulator.Storage;

/// <summary>Writes the state while the simulator runs, and a last time when it stops.</summary>
public sealed class StateWriter(WhatsAppServer server, StateFolder folder) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, server.Clock.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                folder.Save();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            folder.Save();
        }
    }
}
