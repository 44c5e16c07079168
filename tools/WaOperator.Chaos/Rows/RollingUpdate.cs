using WaOperator.Chaos.Cluster;
using WaOperator.Chaos.Faults;
using WaOperator.Chaos.Fleet;
using WaOperator.Chaos.Measure;
using WaOperator.Testing;

namespace WaOperator.Chaos.Rows;

/// <summary>The pods' template changes, and every pod is replaced.</summary>
internal sealed class RollingUpdate : Row
{
    public override string Name => "rolling-update";
    public override string Aim => "8 s, each at most once";
    public override double? AimSeconds => 8;
    public override bool Planned => true;

    public override async Task RunAsync(Scene scene, Trial trial, int repetition)
    {
        var before = await scene.Pool.PodsAsync();
        await InjectAsync(scene, trial, new NewTemplate());
        await Eventually.True(
            "every pod is replaced",
            async () =>
            {
                await Scene.PaceAsync();
                var now = await scene.Pool.PodsAsync();
                return now.Count == Names.Shards
                    && now.All(p => p.Ready && before.All(b => b.Uid != p.Uid));
            },
            TimeSpan.FromSeconds(400)
        );
        await Calm.WaitAsync(scene);
        var sessions = (await scene.Simulator.SessionsAsync()).Values.ToList();
        var again = sessions.Count(s => s.Gaps.Count > 1);
        trial.Expect(again == 0, $"{again} sessions were away more than once");
    }
}

/// <summary>The pods get an image that does not exist: the rollout stops at the first shard, whose sessions move.</summary>
internal sealed class BadRollout : Row
{
    public override string Name => "bad-image";
    public override string Aim => "the rollout stops at the first shard";

    public override async Task RunAsync(Scene scene, Trial trial, int repetition)
    {
        var places = await Database.PlacesAsync();
        await InjectAsync(scene, trial, new BadImage());
        await Eventually.True(
            "the pool says that its rollout stopped",
            async () =>
            {
                await Scene.PaceAsync();
                return Pool.Condition(await scene.Pool.GetAsync(), "Stalled", "reason")
                    == "RolloutStopped";
            },
            TimeSpan.FromSeconds(120)
        );
        await scene.ConnectedAsync();
        var touched = (await scene.Pool.PodsAsync())
            .Where(p => p.Image.Contains(BadImage.Image, StringComparison.Ordinal))
            .Select(p => p.Ordinal)
            .ToHashSet();
        trial.Expect(touched.Count == 1, $"{touched.Count} pods got the bad image");
        var healthy = (await scene.Simulator.SessionsAsync()).Values.Count(s =>
            s.Gaps.Count > 0 && !touched.Contains(places[s.Number].Placed ?? -1)
        );
        trial.Expect(healthy == 0, $"{healthy} sessions of other shards were away");
    }
}
