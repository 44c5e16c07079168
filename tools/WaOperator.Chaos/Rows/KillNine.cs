using WaOperator.Chaos.Cluster;
using WaOperator.Chaos.Faults;
using WaOperator.Chaos.Fleet;
using WaOperator.Chaos.Measure;

namespace WaOperator.Chaos.Rows;

/// <summary>A pod's process is killed: the first crash of a fresh container, which kubelet restarts at once.</summary>
internal sealed class KillNine : Row
{
    private int _shard;

    public override string Name => "kill-9";
    public override string Aim => "5 s";
    public override double? AimSeconds => 5;

    public override async Task PrepareAsync(Scene scene, int repetition)
    {
        var loads = (await Database.PlacesAsync())
            .Values.CountBy(p => p.Placed ?? 0)
            .ToDictionary();
        var fresh = (await scene.Pool.PodsAsync())
            .Where(p => p.Restarts == 0 && loads.ContainsKey(p.Ordinal))
            .ToList();
        if (fresh.Count > 0)
        {
            _shard = fresh.MaxBy(p => loads[p.Ordinal])!.Ordinal;
            return;
        }
        _shard = await Scene.FullestShardAsync();
        await scene.Pool.DeletePodAsync(_shard);
        await Calm.WaitAsync(scene);
    }

    public override async Task RunAsync(Scene scene, Trial trial, int repetition)
    {
        var phones = await Scene.PhonesOnAsync(new HashSet<int> { _shard });
        var stamp = await InjectAsync(scene, trial, new Kill(_shard));
        await scene.BackAsync(phones, stamp, TimeSpan.FromSeconds(90));
    }
}
