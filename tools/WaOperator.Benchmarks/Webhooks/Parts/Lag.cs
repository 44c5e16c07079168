using System.Diagnostics;
using WaOperator.Benchmarks.Api.Parts;
using WaOperator.Benchmarks.Webhooks.World;
using WaOperator.Benchmarks.WhatsApp;
using WaOperator.Benchmarks.WhatsApp.World;

namespace WaOperator.Benchmarks.Webhooks.Parts;

/// <summary>
/// From the commit of an event to its arrival, at 500 events a second; and, at 200, how another tenant whose endpoint answers nothing changes that.
/// </summary>
internal static class Lag
{
    private const int PerSecond = 500;
    private const int PerSecondBeside = 200;
    private const int Rounds = 2;
    private const double AimMedian = 10;
    private const double AimP99 = 100;
    private const double AimAdded = 5;

    public static async Task RunAsync(Setup setup)
    {
        setup.Table.Part("lag");
        using var runtime = Peer.Runtime(setup.World.Simulator);
        await using var peer = await Peer.PairAsync(runtime, setup.World);
        await using var stage = await HookStage.StartAsync(setup, 16, 16);
        var (live, other) = (stage.Tenants[0], stage.Tenants[1]);
        other.Hook.Silent = true;
        var to = peer.Jid.ToString();
        await stage.SetAsync(live, s => s with { Paused = false });
        var count = setup.Options.Scaled(4_000);
        var sent = 0;
        var (alone, beside) = (new Latencies(), new Latencies());
        await RoundAsync(new(), PerSecondBeside);
        var fast = new Latencies();
        live.Hook.Latencies = fast;
        var number = setup.Options.Scaled(10_000);
        await AtRateAsync(stage, [live], to, number, PerSecond);
        sent += number;
        await HookStage.ArrivedAsync(live, sent, TimeSpan.FromMinutes(1));
        // The other tenant's events are there in all rounds; that they are posted, and never answered, is what differs.
        for (var i = 0; i < Rounds; i++)
        {
            await stage.SetAsync(other, s => s);
            await RoundAsync(alone, PerSecondBeside);
            await stage.SetAsync(other, s => s with { Paused = false, TimeoutSeconds = 5 });
            await RoundAsync(beside, PerSecondBeside);
        }
        var name = $"an event at {PerSecond}/s, commit to arrival";
        var slowly = $"an event at {PerSecondBeside}/s, commit to arrival";
        setup.Table.Add(new($"{name}, p50", "ms", fast.Median));
        setup.Table.Add(new($"{name}, p99", "ms", fast.P99));
        setup.Table.Add(new($"{slowly}, p50", "ms", alone.Median));
        setup.Table.Add(new($"{slowly}, p99", "ms", alone.P99));
        setup.Table.Add(
            new("  beside a silent endpoint of another tenant, p50", "ms", beside.Median)
        );
        setup.Table.Add(new("  beside a silent endpoint of another tenant, p99", "ms", beside.P99));
        setup.Table.Aim($"{name}, p50", "10 ms", fast.Median, fast.Median <= AimMedian);
        setup.Table.Aim($"{name}, p99", "100 ms", fast.P99, fast.P99 <= AimP99);
        var added = 100 * (beside.Median / alone.Median - 1);
        setup.Table.Aim(
            "what a silent endpoint adds to another tenant's, p50",
            "5 %",
            added,
            added <= AimAdded
        );

        async Task RoundAsync(Latencies into, int perSecond)
        {
            live.Hook.Latencies = into;
            await AtRateAsync(stage, [live, other], to, count, perSecond);
            sent += count / 2;
            await HookStage.ArrivedAsync(live, sent, TimeSpan.FromMinutes(1));
        }
    }

    private static async Task AtRateAsync(
        HookStage stage,
        IReadOnlyList<HookTenant> tenants,
        string to,
        int count,
        int perSecond
    )
    {
        var calls = new List<Task>(count);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            var due = start + (Stopwatch.Frequency * i / perSecond);
            var early = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            // No timer is finer; those that are due together begin together.
            if (early >= TimeSpan.FromMilliseconds(1))
                await Pause.ForAsync(early);
            var sessions = tenants[i % tenants.Count].Sessions;
            calls.Add(
                stage.Api.SendAsync(sessions[i / tenants.Count % sessions.Count], to, "hello")
            );
        }
        await Task.WhenAll(calls);
    }
}
