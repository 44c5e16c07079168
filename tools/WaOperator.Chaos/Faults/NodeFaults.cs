using WaOperator.Chaos.Cluster;
using WaOperator.Chaos.Fleet;

namespace WaOperator.Chaos.Faults;

/// <summary>Power cut of a node, its link first.</summary>
internal sealed class PowerCut(int node) : Fault
{
    private bool _dark;

    public override string What => $"power cut of node {node}";

    public override Task InjectAsync(Scene scene)
    {
        _dark = true;
        return Machine.CutPowerAsync(node);
    }

    public override async Task HealAsync(Scene scene)
    {
        if (_dark)
            await Machine.StartAsync(node);
        _dark = false;
    }
}

/// <summary>A node and its pods are cut off from PostgreSQL, and from nothing else.</summary>
internal sealed class CutOff(int node) : Fault
{
    private string _address = "";

    public override string What => $"node {node} cut off from PostgreSQL";

    public override async Task PrepareAsync(Scene scene) =>
        _address = await scene.Release.DatabaseAddressAsync();

    public override Task InjectAsync(Scene scene) => Machine.CutOffAsync(node, _address);

    public override Task HealAsync(Scene scene) =>
        _address.Length == 0 ? Task.CompletedTask : Machine.HealAsync(node);
}
