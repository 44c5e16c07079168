using WaOperator.Chaos.Faults;
using WaOperator.Chaos.Fleet;
using WaOperator.Chaos.Measure;
using WaOperator.Chaos.Traffic;

namespace WaOperator.Chaos.Rows;

/// <summary>Tenants send 500 messages a second through the gateway meanwhile.</summary>
internal abstract class ApiRow : Row
{
    /// <summary>How long tenants send before and after.</summary>
    protected static readonly TimeSpan Around = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public override async Task<Senders> SendersAsync(Scene scene) =>
        new GatewayWriters(
            scene,
            await scene.ApiKeyAsync(),
            await scene.Release.GatewayAddressAsync(),
            Planned
        );

    /// <inheritdoc/>
    public sealed override async Task RunAsync(Scene scene, Trial trial, int repetition)
    {
        await Task.Delay(Around);
        await HappenAsync(scene, trial, repetition);
        await Task.Delay(Around);
    }

    /// <summary>Injects, and waits until every session is back.</summary>
    protected abstract Task HappenAsync(Scene scene, Trial trial, int repetition);
}

/// <summary>One gateway's process is killed.</summary>
internal sealed class GatewayKilled : ApiRow
{
    public override string Name => "gateway-kill";
    public override string Aim => "no session away, 5 s at most for a request";
    public override double? AimSeconds => 0;

    protected override async Task HappenAsync(Scene scene, Trial trial, int repetition)
    {
        await InjectAsync(scene, trial, new KillGateway());
        await scene.Release.BackAsync("gateway", 2);
    }
}

/// <summary>A shard is drained.</summary>
internal sealed class ApiUnderMove : ApiRow
{
    public override string Name => "api-under-move";
    public override string Aim => "2 s, no 5xx";
    public override double? AimSeconds => 2;
    public override bool Planned => true;

    protected override async Task HappenAsync(Scene scene, Trial trial, int repetition)
    {
        var shard = await Scene.FullestShardAsync();
        var phones = await Scene.PhonesOnAsync(new HashSet<int> { shard });
        var stamp = await InjectAsync(scene, trial, new DrainShard(shard));
        await scene.BackAsync(phones, stamp, TimeSpan.FromSeconds(90));
    }
}

/// <summary>Every gateway and every pod is replaced.</summary>
internal sealed class ApiRollingUpdate : ApiRow
{
    public override string Name => "api-rolling-update";
    public override string Aim => "8 s, no 5xx";
    public override double? AimSeconds => 8;
    public override bool Planned => true;

    protected override async Task HappenAsync(Scene scene, Trial trial, int repetition)
    {
        var before = await scene.Pool.PodsAsync();
        await InjectAsync(scene, trial, new NewVersions());
        await RollingUpdate.ReplacedAsync(scene, before);
        await scene.Release.GatewayRolledAsync();
        await scene.ConnectedAsync();
    }
}

/// <summary>A session pod's process is killed.</summary>
internal sealed class ApiKillNine : ApiRow
{
    public override string Name => "api-kill-9";
    public override string Aim => "5 s, 5 s at most for a request";
    public override double? AimSeconds => 5;

    protected override async Task HappenAsync(Scene scene, Trial trial, int repetition)
    {
        var shard = await Scene.FullestShardAsync();
        var phones = await Scene.PhonesOnAsync(new HashSet<int> { shard });
        var stamp = await InjectAsync(scene, trial, new Kill(shard));
        await scene.BackAsync(phones, stamp, TimeSpan.FromSeconds(90));
    }
}
