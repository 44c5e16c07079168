using WaOperator.Benchmarks.Webhooks.World;
using WaOperator.Benchmarks.WhatsApp;
using WaOperator.Benchmarks.WhatsApp.World;

namespace WaOperator.Benchmarks.Webhooks.Parts;

/// <summary>What many webhooks cost a pod whose endpoints are all away, with events that wait for each.</summary>
internal static class Memory
{
    private const int Sessions = 10;
    private const double AimMiB = 64;
    private const double MiB = 1024 * 1024;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(40);

    public static async Task RunAsync(Setup setup)
    {
        setup.Table.Part("memory");
        using var runtime = Peer.Runtime(setup.World.Simulator);
        await using var peer = await Peer.PairAsync(runtime, setup.World);
        await using var stage = await HookStage.StartAsync(setup, Sessions);
        var tenant = stage.Tenants.Single();
        tenant.Hook.Status = 503;
        var webhooks = setup.Options.Scaled(1_000);
        // What the first one takes of the pod is not the price of the others.
        await stage.SetAsync(tenant, s => s with { Paused = false });
        await stage.SendAsync(tenant, peer.Jid.ToString(), 1_000);
        await Pause.ForAsync(Rest);
        var before = Usage.Resident(stage.Pod.Pid);
        await stage.AddWebhooksAsync(
            tenant,
            webhooks,
            s => s with { Paused = false, StartFrom = Store.WebhookStart.Earliest }
        );
        await setup.World.FailingAsync(tenant.Id, webhooks, TimeSpan.FromMinutes(5));
        await Pause.ForAsync(Rest);
        var more = (Usage.Resident(stage.Pod.Pid) - before) / MiB;
        setup.Table.Add(
            new($"{webhooks} webhooks with {1_000 * webhooks} events behind, more", "MiB", more)
        );
        setup.Table.Aim(
            $"memory of {webhooks} webhooks",
            "64 MiB more at most",
            more,
            more <= AimMiB
        );
    }
}
