using System.Diagnostics;
using WaOperator.Benchmarks.Webhooks.World;
using WaOperator.Benchmarks.WhatsApp;
using WaOperator.Benchmarks.WhatsApp.World;

namespace WaOperator.Benchmarks.Webhooks.Parts;

/// <summary>Events that wait for many endpoints, each of a tenant of its own, are posted as fast as it goes.</summary>
internal static class Endpoints
{
    private const double Aim = 2_000;

    public static async Task RunAsync(Setup setup)
    {
        setup.Table.Part("endpoints");
        using var runtime = Peer.Runtime(setup.World.Simulator);
        await using var peer = await Peer.PairAsync(runtime, setup.World);
        var number = setup.Options.Scaled(100);
        await using var stage = await HookStage.StartAsync(
            setup,
            [.. Enumerable.Repeat(1, number)]
        );
        var to = peer.Jid.ToString();
        // Slower at first: what is called for the first time is compiled.
        await RoundAsync(stage, to, 20, 0);
        var each = 200;
        var took = await RoundAsync(stage, to, each, 20);
        var perSecond = number * each / took.TotalSeconds;
        setup.Table.Add(
            new($"a backlog of {number * each} events for {number} endpoints", "1/s", perSecond)
        );
        setup.Table.Aim(
            $"deliveries a pod over {number} endpoints",
            "2,000/s",
            perSecond,
            perSecond >= Aim
        );
    }

    private static async Task<TimeSpan> RoundAsync(HookStage stage, string to, int each, int before)
    {
        foreach (var tenant in stage.Tenants)
            await stage.SetAsync(tenant, s => s);
        // As many callers at once as elsewhere.
        await Parallel.ForEachAsync(
            stage.Tenants,
            new ParallelOptions { MaxDegreeOfParallelism = 32 },
            async (tenant, _) => await stage.SendAsync(tenant, to, each)
        );
        var start = Stopwatch.GetTimestamp();
        foreach (var tenant in stage.Tenants)
            await stage.SetAsync(tenant, s => s with { Paused = false });
        foreach (var tenant in stage.Tenants)
            await HookStage.ArrivedAsync(tenant, before + each, TimeSpan.FromMinutes(3));
        return Stopwatch.GetElapsedTime(start);
    }
}
