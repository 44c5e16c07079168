using WaOperator.Chaos.Cluster;
using WaOperator.Chaos.Faults;
using WaOperator.Chaos.Fleet;
using WaOperator.Chaos.Measure;
using WaOperator.Testing;

namespace WaOperator.Chaos.Rows;

/// <summary>The pool grows from four shards to six and shrinks to three.</summary>
internal sealed class Scale : Row
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(8);

    public override string Name => "scale";
    public override string Aim => "only the moves that placement states";
    public override bool Planned => true;

    public override async Task RunAsync(Scene scene, Trial trial, int repetition)
    {
        await StepAsync(scene, trial, 6);
        // The second step counts on its own: who moved in the first may move in the second.
        var first = (await scene.Simulator.SessionsAsync()).Values.ToList();
        trial.Measure(first, planned: true);
        await StepAsync(scene, trial, 3, first.ToDictionary(s => s.Number, s => s.Gaps.Count));
    }

    private async Task StepAsync(
        Scene scene,
        Trial trial,
        int shards,
        Dictionary<string, int>? gapsBefore = null
    )
    {
        var before = await Database.PlacesAsync();
        await InjectAsync(scene, trial, new Resize(shards));
        await Eventually.True(
            $"{shards} shards serve",
            async () =>
            {
                await Scene.PaceAsync();
                return (await scene.Pool.PodsAsync()).Count == shards
                    && Pool.Condition(await scene.Pool.GetAsync(), "Ready") == "True";
            },
            TimeSpan.FromSeconds(180)
        );
        var after = await SettledAsync();
        await scene.ConnectedAsync();
        var seen = await scene.Simulator.SessionsAsync();
        var moved = before.Keys.Where(p => after[p].Placed != before[p].Placed).ToHashSet();
        var strays = seen.Values.Where(s => Gaps(s) > 0 && !moved.Contains(s.Number)).ToList();
        trial.Expect(
            strays.Count == 0,
            $"to {shards} shards: {strays.Count} sessions were away that placement did not move"
        );
        var twice = seen.Values.Count(s => Gaps(s) > 1);
        trial.Expect(twice == 0, $"to {shards} shards: {twice} sessions were away more than once");
        var unstated = moved.Count(p => after[p].Reason is not ("Drained" or "Rebalanced"));
        trial.Expect(
            unstated == 0,
            $"to {shards} shards: {unstated} sessions moved for another reason than Drained or Rebalanced"
        );
        Scene.Say(
            $"{shards} shards: {moved.Count} moved; {Calm.Loads(before)} -> {Calm.Loads(after)}"
        );

        int Gaps(Seen s) => s.Gaps.Count - (gapsBefore?.GetValueOrDefault(s.Number) ?? 0);
    }

    /// <summary>Waits until placement has said nothing new for a while and everybody is where it is placed.</summary>
    private static async Task<IReadOnlyDictionary<string, Place>> SettledAsync()
    {
        var last = await Database.PlacesAsync();
        for (var round = 0; round < 20; round++)
        {
            await Task.Delay(Quiet);
            var now = await Database.PlacesAsync();
            if (
                now.All(p =>
                    p.Value.Placed == last[p.Key].Placed && p.Value.Placed == p.Value.Owned
                )
            )
                return now;
            last = now;
        }
        throw new TimeoutException("placement did not come to rest");
    }
}
