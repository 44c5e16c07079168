using System.Diagnostics;

namespace WaOperator.Ownership.Campaigns;

/// <summary>
/// Sees how late this machine is: by how much a timer of a few milliseconds comes late. Leases of 300 ms on a machine that is late by
/// as much lapse all the time, and a schedule that takes longer costs more; so no more schedules run at a time than it can carry.
/// </summary>
internal sealed class Pace : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(8);

    private readonly CancellationTokenSource over = new();
    private long late;

    public Pace() => _ = Task.Run(WatchAsync);

    /// <summary>How late timers come, as a mean of about the last half second.</summary>
    public TimeSpan Late => new(Volatile.Read(ref late));

    /// <summary>Completes when the machine has time for another schedule.</summary>
    /// <param name="turn">Spreads those that wait, 0 or more.</param>
    public async Task RoomAsync(int turn)
    {
        while (Late > Limit && !over.IsCancellationRequested)
            await Pause.ForAsync(TimeSpan.FromMilliseconds(100 + (turn * 20)), over.Token);
    }

    /// <inheritdoc/>
    public void Dispose() => over.Cancel();

    private async Task WatchAsync()
    {
        while (!over.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            await Pause.ForAsync(Tick, over.Token);
            var excess = (Stopwatch.GetElapsedTime(start) - Tick).Ticks;
            Volatile.Write(ref late, late + ((Math.Max(excess, 0) - late) / 32));
        }
    }
}
