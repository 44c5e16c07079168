using WaOperator.Chaos.Fleet;

namespace WaOperator.Chaos.Faults;

/// <summary>A part of the release is away: scaled to nothing, and back.</summary>
internal sealed class Absence : Fault
{
    private readonly string _kind;
    private readonly string _name;
    private readonly string _component;
    private readonly int _replicas;

    private Absence(string kind, string name, string component, int replicas) =>
        (_kind, _name, _component, _replicas) = (kind, name, component, replicas);

    public static Absence Operator() => new("deployments", "wa-operator", "operator", 2);

    public static Absence Database() => new("statefulsets", "wa-postgresql", "postgresql", 1);

    public static Absence Redis() => new("statefulsets", "wa-redis", "redis", 1);

    public override string What => $"{_component} away";

    public override async Task InjectAsync(Scene scene)
    {
        await scene.Release.ScaleAsync(_kind, _name, 0);
        await scene.Release.GoneAsync(_component);
    }

    public override async Task HealAsync(Scene scene)
    {
        await scene.Release.ScaleAsync(_kind, _name, _replicas);
        // One is enough to continue: the scheduler may have given another one to a node that has no power, and no one knows yet.
        await scene.Release.BackAsync(_component, 1);
    }
}

/// <summary>The leader's pod is deleted; the other operator takes over.</summary>
internal sealed class LeaderGone : Fault
{
    public override string What => "the leader deleted";

    public override Task InjectAsync(Scene scene) => scene.Release.DeleteLeaderAsync();
}
