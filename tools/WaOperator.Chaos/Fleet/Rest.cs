using System.Diagnostics;
using System.Globalization;
using WaOperator.Testing;

namespace WaOperator.Chaos.Fleet;

/// <summary>
/// The machine at rest: what it took to make the fleet (a cluster, images, hundreds of pairings) is not to be measured as the price of
/// the first fault.
/// </summary>
internal static class Rest
{
    private const double IdleEnough = 0.5;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Waits for it; on a machine that has other work for a minute, only reports it.</summary>
    public static async Task WaitAsync()
    {
        var (since, before) = (Stopwatch.GetTimestamp(), await TicksAsync());
        try
        {
            await Eventually.True(
                "the machine is at rest",
                async () =>
                {
                    await Scene.PaceAsync();
                    if (Stopwatch.GetElapsedTime(since) < Look)
                        return false;
                    var now = await TicksAsync();
                    var idle = (double)(now.Idle - before.Idle) / (now.All - before.All);
                    (since, before) = (Stopwatch.GetTimestamp(), now);
                    return idle >= IdleEnough;
                },
                Limit
            );
        }
        catch (TimeoutException e)
        {
            Scene.Say($"{e.Message}; other work runs here, so these times say little");
        }
    }

    private static async Task<(long Idle, long All)> TicksAsync()
    {
        // cpu user nice system idle iowait …, of all processors since the machine was started (proc(5)).
        var first = (await File.ReadAllLinesAsync("/proc/stat"))[0];
        var ticks = first
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1..9]
            .Select(t => long.Parse(t, CultureInfo.InvariantCulture))
            .ToArray();
        return (ticks[3] + ticks[4], ticks.Sum());
    }
}
