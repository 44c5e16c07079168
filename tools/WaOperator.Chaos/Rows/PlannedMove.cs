using WaOperator.Chaos.Cluster;
using WaOperator.Chaos.Faults;
using WaOperator.Chaos.Fleet;
using WaOperator.Chaos.Measure;
using WaOperator.Testing;

namespace WaOperator.Chaos.Rows;

/// <summary>A person asks for the drain of a shard.</summary>
internal sealed class PlannedMove : Row
{
    public override string Name => "planned-move";
    public override string Aim => "2 s";
    public override double? AimSeconds => 2;
    public override bool Planned => true;

    public override async Task RunAsync(Scene scene, Trial trial, int repetition)
    {
        var shard = await Scene.FullestShardAsync();
        var phones = await Scene.PhonesOnAsync(new HashSet<int> { shard });
        var stamp = await InjectAsync(scene, trial, new DrainShard(shard));
        await scene.BackAsync(phones, stamp, TimeSpan.FromSeconds(90));
        await Eventually.True(
            $"shard {shard} is empty",
            async () =>
            {
                await Scene.PaceAsync();
                return (await Scene.PhonesOnAsync(new HashSet<int> { shard })).Count == 0;
            },
            TimeSpan.FromSeconds(60)
        );
        var moved = (await scene.Simulator.SessionsAsync()).Values.Count(s => s.Gaps.Count > 0);
        trial.Expect(
            moved == phones.Count,
            $"{moved} sessions were away, {phones.Count} had to move"
        );
    }
}
