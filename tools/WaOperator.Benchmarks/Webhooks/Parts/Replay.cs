using System.Diagnostics;
using WaOperator.Benchmarks.Webhooks.World;
using WaOperator.Benchmarks.WhatsApp;
using WaOperator.Benchmarks.WhatsApp.World;
using WaOperator.Testing;

namespace WaOperator.Benchmarks.Webhooks.Parts;

/// <summary>What was posted is posted once more, of all sessions.</summary>
internal static class Replay
{
    private const int Sessions = 32;
    private const double Aim = 5_000;

    public static async Task RunAsync(Setup setup)
    {
        setup.Table.Part("replay");
        using var runtime = Peer.Runtime(setup.World.Simulator);
        await using var peer = await Peer.PairAsync(runtime, setup.World);
        await using var stage = await HookStage.StartAsync(setup, Sessions);
        var tenant = stage.Tenants.Single();
        var count = setup.Options.Scaled(20_000);
        await stage.SetAsync(tenant, s => s with { Paused = false });
        await stage.SendAsync(tenant, peer.Jid.ToString(), count);
        await HookStage.ArrivedAsync(tenant, count, TimeSpan.FromMinutes(3));
        // The second time what is called for the first time is compiled.
        await OnceAsync(setup, tenant);
        var began = await OnceAsync(setup, tenant);
        var (posted, took) = (tenant.Hook.Replayed, tenant.Hook.ReplayTook);
        var perSecond = posted / took.TotalSeconds;
        setup.Table.Add(
            new("from the request for a replay to its first event", "ms", began.TotalMilliseconds)
        );
        setup.Table.Add(
            new($"a replay of {posted} events of {Sessions} sessions", "1/s", perSecond)
        );
        setup.Table.Aim("replay", "5,000/s", perSecond, perSecond >= Aim);
    }

    /// <summary>Those are replayed that the webhook is known to be behind: its last steps are written a moment later.</summary>
    /// <returns>From the request to the first event.</returns>
    private static async Task<TimeSpan> OnceAsync(Setup setup, HookTenant tenant)
    {
        tenant.Hook.ForgetReplay();
        var start = Stopwatch.GetTimestamp();
        await setup.World.ReplayAsync(tenant.Name, tenant.Id);
        await Eventually.True(
            "the replay is done",
            () => setup.World.IsReplayedAsync(tenant.Name),
            TimeSpan.FromMinutes(3)
        );
        return Stopwatch.GetElapsedTime(start, tenant.Hook.FirstReplayed);
    }
}
