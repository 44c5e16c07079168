using System.Diagnostics;
using System.Globalization;

namespace WaOperator.Ownership.Campaigns;

/// <summary>
/// Sees how busy this machine is: by how much a timer of a few milliseconds comes late, and how many threads want to run. Leases of 300 ms
/// on a machine that is late by as much lapse all the time, and a schedule that takes longer costs more; so no more schedules run at a
/// time than it can carry. The timer alone does not tell: the kernel lets what wakes up go first, and the rest, PostgreSQL's processes
/// above all, waits.
/// </summary>
internal sealed class Pace : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(8);

    private readonly CancellationTokenSource _over = new();
    private readonly int _busy;
    private long _late;
    private double _runnable;

    /// <param name="busy">More threads than this want to run: no time for another schedule.</param>
    public Pace(int busy)
    {
        _busy = busy;
        _ = Task.Run(WatchAsync);
    }

    /// <summary>How late timers come, as a mean of about the last half second.</summary>
    public TimeSpan Late => new(Volatile.Read(ref _late));

    /// <summary>How many threads want to run, on the whole machine; a mean as above.</summary>
    public double Runnable => Volatile.Read(ref _runnable);

    /// <summary>Completes when the machine has time for another schedule.</summary>
    /// <param name="turn">Spreads those that wait, 0 or more.</param>
    /// <param name="enough">No other schedule will begin: there is nothing to wait for.</param>
    public async Task RoomAsync(int turn, Func<bool> enough)
    {
        while ((Late > Limit || Runnable > _busy) && !enough() && !_over.IsCancellationRequested)
            await Pause.ForAsync(TimeSpan.FromMilliseconds(100 + (turn * 20)), _over.Token);
    }

    /// <inheritdoc/>
    public void Dispose() => _over.Cancel();

    private async Task WatchAsync()
    {
        while (!_over.IsCancellationRequested)
        {
            var start = Stopwatch.GetTimestamp();
            await Pause.ForAsync(Tick, _over.Token);
            var excess = (Stopwatch.GetElapsedTime(start) - Tick).Ticks;
            Volatile.Write(ref _late, _late + ((Math.Max(excess, 0) - _late) / 32));
            Volatile.Write(ref _runnable, _runnable + ((ReadRunnable() - _runnable) / 32));
        }
    }

    /// <summary>The fourth field of /proc/loadavg: those that run or want to, of all threads.</summary>
    private static int ReadRunnable()
    {
        var fourth = File.ReadAllText("/proc/loadavg").Split(' ')[3];
        return int.Parse(fourth.Split('/')[0], CultureInfo.InvariantCulture);
    }
}
