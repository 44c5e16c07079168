using WaOperator.Chaos.Faults;
using WaOperator.Chaos.Fleet;
using WaOperator.Chaos.Measure;
using WaOperator.Chaos.Traffic;

namespace WaOperator.Chaos.Rows;

/// <summary>Another row, with tenants that send 500 messages a second through the gateway before, meanwhile and after.</summary>
/// <param name="name">Its name.</param>
/// <param name="aim">The aim in words.</param>
/// <param name="row">What happens.</param>
internal sealed class ThroughGateway(string name, string aim, Row row) : Row
{
    private static readonly TimeSpan Around = TimeSpan.FromSeconds(10);

    public override string Name => name;
    public override string Aim => aim;
    public override double? AimSeconds => row.AimSeconds;
    public override bool Planned => row.Planned;

    public override Task PrepareAsync(Scene scene, int repetition) =>
        row.PrepareAsync(scene, repetition);

    public override async Task<Senders> SendersAsync(Scene scene) =>
        new GatewayWriters(
            scene,
            await scene.ApiKeyAsync(),
            await scene.Release.GatewayAddressAsync(),
            Planned
        );

    public override async Task RunAsync(Scene scene, Trial trial, int repetition)
    {
        await Task.Delay(Around);
        await row.RunAsync(scene, trial, repetition);
        await Task.Delay(Around);
    }

    public override Task UndoAsync(Scene scene) => row.UndoAsync(scene);
}

/// <summary>One gateway's process is killed.</summary>
internal sealed class GatewayKilled : Row
{
    public override string Name => "gateway-killed";
    public override string Aim => "no session away";
    public override double? AimSeconds => 0;

    public override async Task RunAsync(Scene scene, Trial trial, int repetition)
    {
        await InjectAsync(scene, trial, new KillGateway());
        await scene.Release.BackAsync("gateway", 2);
    }
}

/// <summary>Every gateway is replaced, and every pod.</summary>
internal sealed class AllRolled : Row
{
    private readonly RollingUpdate _pods = new();

    public override string Name => "all-rolled";
    public override string Aim => _pods.Aim;
    public override double? AimSeconds => _pods.AimSeconds;
    public override bool Planned => true;

    public override async Task RunAsync(Scene scene, Trial trial, int repetition)
    {
        await scene.Release.RollGatewayAsync();
        await _pods.RunAsync(scene, trial, repetition);
        await scene.Release.GatewayRolledAsync();
    }

    public override Task UndoAsync(Scene scene) => _pods.UndoAsync(scene);
}
