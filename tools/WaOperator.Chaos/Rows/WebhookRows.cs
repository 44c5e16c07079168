using System.Globalization;
using WaOperator.Chaos.Cluster;
using WaOperator.Chaos.Faults;
using WaOperator.Chaos.Fleet;
using WaOperator.Chaos.Measure;

namespace WaOperator.Chaos.Rows;

/// <summary>
/// A webhook's endpoint is away. Its length is that of all steps of the breaker; then what happened is dated back by three days, as if it had
/// been away for so long, and a pod is replaced, whose next one finds that.
/// </summary>
internal sealed class EndpointAway : Row
{
    private static readonly TimeSpan UntilOpen = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Length = TimeSpan.FromMinutes(4);

    public override string Name => "endpoint-away";
    public override string Aim => "0 rows written";

    public override async Task RunAsync(Scene scene, Trial trial, int repetition)
    {
        var away = new HookFails();
        await InjectAsync(scene, trial, away);
        await Task.Delay(UntilOpen);
        var before = await Database.WebhookWritesAsync();
        await Task.Delay(Length);
        var written = await Database.WebhookWritesAsync() - before;
        if (written != 0)
            trial.Violations.Add($"{written} rows were written for events that were not posted");
        await Database.DateBackAsync(TimeSpan.FromHours(72));
        var shard = await Scene.FullestShardAsync();
        await scene.Pool.DeletePodAsync(shard);
        await scene.ConnectedAsync();
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
    private const int Rounds = 2;
    private const double Most = 1.05;
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
        for (var round = 0; round < Rounds; round++)
        {
            alone.Add(await RoundAsync(scene, paused: true));
            beside.Add(await RoundAsync(scene, paused: false));
        }
        var (before, with) = (alone.Average(t => t.P99Ms), beside.Average(t => t.P99Ms));
        Scene.Say(
            string.Create(
                CultureInfo.InvariantCulture,
                $"from commit to arrival, p50 and p99: alone {alone.Average(t => t.MedianMs):0} and {before:0} ms, beside it {beside.Average(t => t.MedianMs):0} and {with:0} ms"
            )
        );
        trial.Expect(
            with <= Most * before,
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
