using WaOperator.Chaos.Cluster;
using WaOperator.Chaos.Faults;
using WaOperator.Chaos.Fleet;
using WaOperator.Chaos.Measure;

namespace WaOperator.Chaos.Rows;

/// <summary>A pod's process is killed: the first crash of a fresh container, which kubelet restarts at once.</summary>
internal sealed class KillNine : Row
{
    public override string Name => "kill-9";
    public override string Aim => "5 s";
    public override double? AimSeconds => 5;

    public override async Task PrepareAsync(Scene scene, int repetition)
    {
        var shard = ShardOf(repetition);
        if ((await scene.Pool.PodsAsync()).Single(p => p.Ordinal == shard).Restarts == 0)
            return;
        await scene.Pool.DeletePodAsync(shard);
        await Calm.WaitAsync(scene);
    }

    public override async Task RunAsync(Scene scene, Trial trial, int repetition)
    {
        var shard = ShardOf(repetition);
        var phones = await Scene.PhonesOnAsync(new HashSet<int> { shard });
        var stamp = await InjectAsync(scene, trial, new Kill(shard));
        await scene.BackAsync(phones, stamp, TimeSpan.FromSeconds(90));
    }

    private static int ShardOf(int repetition) => (repetition - 1) % Names.Shards;
}
