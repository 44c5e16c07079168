using WaOperator.Benchmarks.WhatsApp.Report;
using WaOperator.Benchmarks.WhatsApp.World;
using WaOperator.Store;

namespace WaOperator.Benchmarks.WhatsApp.Parts;

/// <summary>Resident memory of the pod with more and more idle sessions, beside Baileys with up to a hundred sockets in a process.</summary>
internal static class IdleMemory
{
    private const double AimBytes = 64 * 1024;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(40);

    public static async Task RunAsync(Setup setup)
    {
        setup.Table.Part("memory of idle sessions");
        var (few, many) = await OursAsync(setup);
        (int, long) one = (0, 0),
            hundred = (0, 0);
        if (!setup.Options.OursOnly)
            (one, hundred) = await TheirsAsync(setup);
        setup.Table.Add(
            new(
                "a session more, idle (slope)",
                "KB",
                Slope(few, many),
                setup.Options.OursOnly ? null : Slope(one, hundred),
                true
            )
        );
        setup.Table.Aim(
            "memory of a session more",
            "64 KB at most",
            Slope(few, many),
            Slope(few, many) * 1000 <= AimBytes
        );
    }

    private static double Slope((int Sessions, long Bytes) few, (int Sessions, long Bytes) many) =>
        (many.Bytes - few.Bytes) / 1000.0 / Math.Max(1, many.Sessions - few.Sessions);

    private static async Task<((int, long) Few, (int, long) Many)> OursAsync(Setup setup)
    {
        var world = setup.World;
        int[] counts = [.. new[] { 100, 500, 1_000, 2_000, 5_000 }.Select(setup.Options.Scaled)];
        await world.SetPoolAsync(new PoolSettings { PreKeys = 30 });
        var sessions = await world.DeclareAsync(counts[^1]);
        await using (var first = setup.StartPod())
        {
            // In portions, so that no code expires before it is scanned.
            foreach (var portion in sessions.Chunk(200))
            {
                await world.PlaceAsync(portion);
                await world.PairAsync(portion, first);
            }
        }
        await world.PlaceAsync(sessions, placed: false);
        var measured = new List<(int, long)>();
        await using (var pod = setup.StartPod())
        {
            var placed = 0;
            foreach (var count in counts)
            {
                await world.PlaceAsync(sessions.Skip(placed).Take(count - placed));
                placed = count;
                await world.ConnectedAsync(count, TimeSpan.FromMinutes(5));
                // Longer than a round of keepalives: what a login needed is gone.
                await Pause.ForAsync(Rest);
                var bytes = Usage.Resident(pod.Pid);
                measured.Add((count, bytes));
                setup.Table.Add(
                    new($"resident with {count} idle sessions, TLS", "MB", bytes / 1e6)
                );
            }
        }
        await world.PlaceAsync(sessions, placed: false);
        return (measured[0], measured[^1]);
    }

    private static async Task<((int, long) Few, (int, long) Many)> TheirsAsync(Setup setup)
    {
        int[] counts = [1, 10, setup.Options.Quick ? 20 : 50, setup.Options.Quick ? 30 : 100];
        using var runtime = Peer.Runtime(setup.World.Simulator);
        await using var baileys = BaileysProcess.Start(setup.Options, setup.World.Simulator);
        var measured = new List<(int, long)>();
        var open = 0;
        foreach (var count in counts)
        {
            for (; open < count; open++)
            {
                var (folder, _) = await BaileysProcess.DeviceAsync(runtime, setup.World);
                await baileys.RunAsync(
                    new
                    {
                        cmd = "open",
                        state = folder,
                        auth = "file",
                    }
                );
            }
            await Pause.ForAsync(Rest);
            var bytes = Usage.Resident(baileys.Pid);
            measured.Add((count, bytes));
            setup.Table.Add(
                new(
                    $"resident with {count} idle sockets in one process, TLS",
                    "MB",
                    null,
                    bytes / 1e6
                )
            );
        }
        return (measured[0], measured[^1]);
    }
}
