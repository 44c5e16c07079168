using WaOperator.Chaos.Cluster;
using WaOperator.Chaos.Faults;
using WaOperator.Chaos.Fleet;
using WaOperator.Chaos.Measure;

namespace WaOperator.Chaos.Rows;

/// <summary>A database is away for a time: no one loses a connection, nothing is lost and nothing moves.</summary>
internal sealed class Outage(string name, TimeSpan length, Func<Fault> fault) : Row
{
    public override string Name => name;
    public override string Aim => "0 s, nothing moved";
    public override double? AimSeconds => 0;

    public override async Task RunAsync(Scene scene, Trial trial, int repetition)
    {
        var before = await Database.PlacesAsync();
        var away = fault();
        var stamp = await InjectAsync(scene, trial, away);
        var now = (await scene.Simulator.MarkAsync(trial.Label)) - stamp;
        if (length > now)
            await Task.Delay(length - now);
        await HealAsync(scene, away);
        await Calm.WaitAsync(scene);
        var after = await Database.PlacesAsync();
        var moved = before.Count(b =>
            after[b.Key].Placed != b.Value.Placed || after[b.Key].Epoch != b.Value.Epoch
        );
        trial.Expect(moved == 0, $"{moved} sessions got another owner");
        // Who was never away was away for no time.
        var steady = (await scene.Simulator.SessionsAsync()).Values.Count(s => s.Gaps.Count == 0);
        trial.Away.AddRange(Enumerable.Repeat(0.0, steady));
    }
}
