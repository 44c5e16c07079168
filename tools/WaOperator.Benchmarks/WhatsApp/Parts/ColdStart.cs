using System.Diagnostics;
using WaOperator.Benchmarks.WhatsApp.Report;
using WaOperator.Benchmarks.WhatsApp.World;
using WaOperator.Store;

namespace WaOperator.Benchmarks.WhatsApp.Parts;

/// <summary>From the start of the pod's process until all its sessions are connected.</summary>
internal static class ColdStart
{
    private const int Sessions = 1_000;
    private const double AimSeconds = 10;

    public static async Task RunAsync(Setup setup)
    {
        setup.Table.Part("start of the pod");
        var world = setup.World;
        var sessions = await world.DeclareAsync(setup.Options.Scaled(Sessions));
        await world.SetPoolAsync(new PoolSettings { PreKeys = 30 });
        await using (var first = setup.StartPod())
        {
            foreach (var portion in sessions.Chunk(200))
            {
                await world.PlaceAsync(portion);
                await world.PairAsync(portion, first);
            }
        }
        foreach (var pace in new[] { new PoolSettings().LoginsPerSecond, 1_000 })
        {
            await world.SetPoolAsync(new PoolSettings { PreKeys = 30, LoginsPerSecond = pace });
            var watch = Stopwatch.StartNew();
            await using var pod = setup.StartPod();
            await world.ConnectedAsync(sessions.Count, TimeSpan.FromMinutes(3));
            var seconds = watch.Elapsed.TotalSeconds;
            var what = $"start until {sessions.Count} are connected, {pace} logins/s allowed";
            setup.Table.Add(new(what, "s", seconds));
            setup.Table.Aim(what, $"{AimSeconds:0} s at most", seconds, seconds <= AimSeconds);
        }
        await world.PlaceAsync(sessions, placed: false);
        await world.SetPoolAsync(new PoolSettings());
    }
}
