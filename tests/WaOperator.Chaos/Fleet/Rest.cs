using System.Globalization;

namespace WaOperator.Chaos.Fleet;

/// <summary>
/// The machine at rest: what it took to make the fleet (a cluster, images, hundreds of pairings) is not to be measured as the price of
/// the first fault.
/// </summary>
internal static class Rest
{
    private const double IdleEnough = 0.5;
    private const int Looks = 20;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(3);

    /// <summary>Waits for it; on a machine that has other work for a minute, only tells.</summary>
    public static async Task WaitAsync()
    {
        var idle = 0.0;
        for (var look = 0; look < Looks; look++)
        {
            var before = await TicksAsync();
            await Task.Delay(Look);
            var after = await TicksAsync();
            idle = (double)(after.Idle - before.Idle) / Math.Max(1, after.All - before.All);
            if (idle >= IdleEnough)
                return;
        }
        Scene.Say(
            string.Create(
                CultureInfo.InvariantCulture,
                $"the machine does not come to rest ({100 * idle:0} % idle): its times say little"
            )
        );
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
