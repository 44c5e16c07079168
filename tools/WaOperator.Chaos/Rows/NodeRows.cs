using WaOperator.Chaos.Cluster;
using WaOperator.Chaos.Faults;
using WaOperator.Chaos.Fleet;
using WaOperator.Chaos.Measure;

namespace WaOperator.Chaos.Rows;

/// <summary>The power of a node with two shards fails.</summary>
internal sealed class NodePowerCut : Row
{
    public override string Name => "power-cut";
    public override string Aim => "15 s + login";
    public override double? AimSeconds => 15 + Login.Seconds;

    public override Task PrepareAsync(Scene scene, int repetition) =>
        scene.Release.LeadFromAsync(Names.Core);

    public override async Task RunAsync(Scene scene, Trial trial, int repetition)
    {
        var node = await scene.FullestNodeAsync();
        var phones = await scene.PhonesOnNodeAsync(node);
        var stamp = await InjectAsync(scene, trial, new PowerCut(node));
        await scene.BackAsync(phones, stamp, TimeSpan.FromSeconds(120));
    }
}

/// <summary>The power of a node with two shards and the operator's leader fails.</summary>
internal sealed class LeaderPowerCut : Row
{
    public override string Name => "power-cut-leader";
    public override string Aim => "30 s + login";
    public override double? AimSeconds => 30 + Login.Seconds;

    public override async Task PrepareAsync(Scene scene, int repetition)
    {
        await scene.Release.LeadFromAsync(Names.Second);
        await Calm.WaitAsync(scene);
    }

    public override async Task RunAsync(Scene scene, Trial trial, int repetition)
    {
        var phones = await scene.PhonesOnNodeAsync(Names.Second);
        var stamp = await InjectAsync(scene, trial, new PowerCut(Names.Second));
        await scene.BackAsync(phones, stamp, TimeSpan.FromSeconds(150));
    }

    public override async Task UndoAsync(Scene scene)
    {
        await base.UndoAsync(scene);
        await scene.Release.LeadFromAsync(Names.Core);
    }
}

/// <summary>A node is cut off from PostgreSQL; its sessions' sockets to WhatsApp stay open.</summary>
internal sealed class CutFromDatabase : Row
{
    public override string Name => "cut-from-postgresql";
    public override string Aim => "15 s + login, old sockets silent";
    public override double? AimSeconds => 15 + Login.Seconds;

    public override Task PrepareAsync(Scene scene, int repetition) =>
        scene.Release.LeadFromAsync(Names.Core);

    public override async Task RunAsync(Scene scene, Trial trial, int repetition)
    {
        var node = await scene.FullestNodeAsync();
        var phones = await scene.PhonesOnNodeAsync(node);
        var stamp = await InjectAsync(scene, trial, new CutOff(node));
        await scene.BackAsync(phones, stamp, TimeSpan.FromSeconds(120));
    }
}

/// <summary>What the aims call "login".</summary>
internal static class Login
{
    /// <summary>
    /// A hundred sessions on two shards at the pool's ceiling of 200 logins per second over four: 1 s, and 1 s for the last one's
    /// handshakes on a small machine.
    /// </summary>
    public const double Seconds = 2;
}
