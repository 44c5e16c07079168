using WaOperator.Chaos.Cluster;
using WaOperator.Chaos.Fleet;

namespace WaOperator.Chaos.Faults;

/// <summary><c>kill -9</c> of one gateway's process.</summary>
internal sealed class KillGateway : Fault
{
    private int _node;
    private int _process;

    public override string What => "kill -9 of a gateway";

    public override async Task PrepareAsync(Scene scene)
    {
        var gateways = (await scene.Release.RunningAsync("gateway")).ToList();
        (var pod, _node) = gateways[scene.Random.Next(gateways.Count)];
        _process = await Machine.ProcessOfHostAsync(_node, pod);
    }

    public override Task InjectAsync(Scene scene) => Machine.KillAsync(_node, _process);
}
