using WaOperator.Benchmarks.Webhooks.World;
using WaOperator.Benchmarks.WhatsApp;
using WaOperator.Benchmarks.WhatsApp.World;

namespace WaOperator.Benchmarks.Webhooks.Parts;

/// <summary>What is written while an endpoint is away, and how soon all of it has arrived when it is back.</summary>
internal static class Outage
{
    private const int Sessions = 16;

    public static async Task RunAsync(Setup setup)
    {
        setup.Table.Part("outage");
        using var runtime = Peer.Runtime(setup.World.Simulator);
        await using var peer = await Peer.PairAsync(runtime, setup.World);
        await using var stage = await HookStage.StartAsync(setup, Sessions);
        var tenant = stage.Tenants.Single();
        tenant.Hook.Status = 503;
        await stage.SetAsync(tenant, s => s with { Paused = false });
        var count = setup.Options.Scaled(10_000);
        await stage.SendAsync(tenant, peer.Jid.ToString(), count);
        var rows = await setup.World.WebhookRowsAsync(tenant.Id);
        tenant.Hook.Status = 204;
        // The breaker looks again after a while that grows with the outage.
        await HookStage.ArrivedAsync(tenant, count, TimeSpan.FromMinutes(4));
        setup.Table.Add(new($"rows for {count} events of an endpoint that is away", "rows", rows));
        setup.Table.Aim("rows while an endpoint is away", "0", rows, rows == 0);
    }
}
