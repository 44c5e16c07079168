using WaOperator.Chaos.Cluster;
using WaOperator.Chaos.Fleet;

namespace WaOperator.Chaos.Measure;

/// <summary>What must hold in every row. A broken one fails the command.</summary>
internal sealed class Invariants
{
    private readonly Dictionary<string, ushort> _devices;
    private readonly int _kept;

    private Invariants(Dictionary<string, ushort> devices, int kept) =>
        (_devices, _kept) = (devices, kept);

    /// <summary>Forgets what was counted, and notes what must stay.</summary>
    public static async Task<Invariants> BeginAsync(Scene scene)
    {
        await scene.Simulator.ResetAsync();
        var devices = (await scene.Simulator.SessionsAsync()).ToDictionary(
            s => s.Key,
            s => s.Value.Device
        );
        return new(devices, await Database.KeptAsync());
    }

    /// <summary>Compares, once all is calm again.</summary>
    public async Task CheckAsync(Scene scene, Trial trial)
    {
        var stats = await scene.Simulator.StatsAsync();
        trial.Replaced = stats.Replaced;
        if (stats.Replaced.Live > 0)
            trial.Violations.Add(
                $"{stats.Replaced.Live} client(s) that had just acted were replaced: two owners"
            );
        if (stats.LateFrames > 0)
            trial.Violations.Add(
                $"{stats.LateFrames} frame(s) but keepalive came from an older socket after a newer login"
            );
        var now = await scene.Simulator.SessionsAsync();
        var lost = _devices.Count(d => !now.TryGetValue(d.Key, out var s) || s.Device != d.Value);
        if (lost > 0)
            trial.Violations.Add($"{lost} session(s) lost their device and had to pair again");
        var kept = await Database.KeptAsync();
        if (kept < _kept)
            trial.Violations.Add($"{_kept - kept} session(s) lost their keys");
    }
}
