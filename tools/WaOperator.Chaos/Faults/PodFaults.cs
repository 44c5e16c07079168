using WaOperator.Chaos.Cluster;
using WaOperator.Chaos.Fleet;

namespace WaOperator.Chaos.Faults;

/// <summary><c>kill -9</c> of a shard's process.</summary>
internal sealed class Kill(int shard) : Fault
{
    private int _node;
    private int _process;

    public override string What => $"kill -9 of shard {shard}";

    public override async Task PrepareAsync(Scene scene)
    {
        var pod = (await scene.Pool.PodsAsync()).Single(p => p.Ordinal == shard);
        _node = pod.Node;
        _process = await Machine.ProcessOfAsync(pod.Node, pod.Uid);
    }

    public override Task InjectAsync(Scene scene) => Machine.KillAsync(_node, _process);
}
