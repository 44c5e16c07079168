using WaOperator.Chaos.Cluster;
using WaOperator.Chaos.Faults;
using WaOperator.Chaos.Fleet;
using WaOperator.Chaos.Measure;

namespace WaOperator.Chaos.Rows;

/// <summary>The power of a node fails while no operator runs: its sessions wait for one, the others notice nothing.</summary>
internal sealed class OperatorAway : Row
{
    private static readonly TimeSpan Meanwhile = TimeSpan.FromSeconds(20);

    public override string Name => "operator-away";
    public override string Aim => "moves wait, healthy shards untouched";

    public override async Task RunAsync(Scene scene, Trial trial, int repetition)
    {
        var node = await scene.FullestNodeAsync();
        var phones = await scene.PhonesOnNodeAsync(node);
        var away = Absence.Operator();
        await InjectAsync(scene, trial, away);
        var places = await Database.PlacesAsync();
        var stamp = await InjectAsync(scene, trial, new PowerCut(node));
        await Task.Delay(Meanwhile);
        var after = await Database.PlacesAsync();
        var moved = places.Count(p => after[p.Key].Placed != p.Value.Placed);
        trial.Expect(moved == 0, $"{moved} sessions were placed again without an operator");
        await HealAsync(scene, away);
        await scene.BackAsync(phones, stamp, TimeSpan.FromSeconds(120));
        var touched = (await scene.Simulator.SessionsAsync()).Values.Count(s =>
            s.Gaps.Count > 0 && !phones.Contains(s.Number)
        );
        trial.Expect(touched == 0, $"{touched} sessions of healthy shards were away");
    }
}
