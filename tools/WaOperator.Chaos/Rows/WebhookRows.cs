using System.Globalization;
using WaOperator.Chaos.Cluster;
using WaOperator.Chaos.Faults;
using WaOperator.Chaos.Fleet;
using WaOperator.Chaos.Measure;
using WaOperator.Testing;

namespace WaOperator.Chaos.Rows;

/// <summary>
/// A webhook's endpoint is away, for as long as the steps of the breaker take. Then a pod is killed, and what happened is dated back by three
/// days before the next one reads it, which continues as if the endpoint had been away for so long.
/// </summary>
internal sealed class EndpointAway : Row
{
    // Longer than what was passed over before takes to be written.
    private static readonly TimeSpan UntilOpen = TimeSpan.FromSeconds(80);
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan Age = TimeSpan.FromHours(72);

    public override string Name => "endpoint-away";
    public override string Aim => "0 rows written";

    public override async Task RunAsync(Scene scene, Trial trial, int repetition)
    {
        var away = new HookFails();
        await InjectAsync(scene, trial, away);
        await Task.Delay(UntilOpen);
        var before = await Database.WebhookWritesAsync();
        await Task.Delay(Length);
        var after = await Database.WebhookWritesAsync();
        if (after.Parked != before.Parked)
            trial.Violations.Add(
                $"{after.Parked - before.Parked} events were parked while the endpoint was away"
            );
        trial.Expect(
            after.Cursors == before.Cursors,
            $"{after.Cursors - before.Cursors} cursors were written while the endpoint was away"
        );
        var shard = await Scene.FullestShardAsync();
        await scene.Pool.KillPodAsync(shard);
        await Database.DateBackAsync(shard, Age);
        await scene.ConnectedAsync();
        await Eventually.True(
            "the next pod continues a failure of three days",
            async () =>
            {
                await Scene.PaceAsync();
                return await Database.FailingForAsync(shard) >= Age;
            },
            TimeSpan.FromSeconds(60)
        );
        await HealAsync(scene, away);
    }
}

/// <summary>
/// Another webhook's endpoint never answers, in turns: what that adds to the time from commit to arrival of the first. Both are of one tenant,
/// who shares more than tenants do.
/// </summary>
internal sealed class EndpointSilent : Row
{
    private const string Silent = "chaos-silent";
    private const double Most = 1.05;
    private const double MostMs = 2;
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(20);

    public override string Name => "endpoint-silent";
    public override string Aim => "adds 5 % to the p99 of another";

    public override async Task PrepareAsync(Scene scene, int repetition)
    {
        await scene.Webhooks.RemoveAsync(Silent);
        await scene.Simulator.SilenceHookAsync(Silent);
        await scene.Webhooks.MakeAsync(Silent, paused: true);
    }

    public override async Task RunAsync(Scene scene, Trial trial, int repetition)
    {
        await scene.Simulator.MarkAsync(trial.Label);
        var (alone, beside) = (new List<Tally>(), new List<Tally>());
        // In turns, each first as often as the other: what the machine does besides hits both.
        foreach (var paused in (bool[])[true, false, false, true])
            (paused ? alone : beside).Add(await RoundAsync(scene, paused));
        var (before, with) = (alone.Average(t => t.P99Ms), beside.Average(t => t.P99Ms));
        Scene.Say(
            string.Create(
                CultureInfo.InvariantCulture,
                $"from commit to arrival, p50 and p99: alone {alone.Average(t => t.MedianMs):0} and {before:0} ms, beside it {beside.Average(t => t.MedianMs):0} and {with:0} ms"
            )
        );
        trial.Expect(
            with <= Math.Max(Most * before, before + MostMs),
            string.Create(
                CultureInfo.InvariantCulture,
                $"p99 {with:0} ms beside it, {before:0} ms alone"
            )
        );
    }

    public override Task EndAsync(Scene scene) => scene.Webhooks.RemoveAsync(Silent);

    private static async Task<Tally> RoundAsync(Scene scene, bool paused)
    {
        await scene.Webhooks.PauseAsync(Silent, paused);
        await Task.Delay(Settle);
        await scene.Simulator.TimeHookAgainAsync(ThroughWebhook.Hook);
        await Task.Delay(Round);
        return await scene.Simulator.TallyAsync(ThroughWebhook.Hook);
    }
}
