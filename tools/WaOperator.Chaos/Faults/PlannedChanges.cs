using System.Globalization;
using System.Text.Json.Nodes;
using WaOperator.Chaos.Cluster;
using WaOperator.Chaos.Fleet;

namespace WaOperator.Chaos.Faults;

/// <summary>A person asks for the drain of a shard.</summary>
internal sealed class DrainShard(int shard) : Fault
{
    public override string What => $"drain of shard {shard}";

    public override Task InjectAsync(Scene scene) =>
        scene.Pool.DrainAsync(shard.ToString(CultureInfo.InvariantCulture));

    public override Task HealAsync(Scene scene) => scene.Pool.DrainAsync(null);
}

/// <summary>The pods' template changes; it stays changed.</summary>
internal sealed class NewTemplate : Fault
{
    public override string What => "rolling update";

    public override Task InjectAsync(Scene scene) =>
        scene.Pool.SpecAsync(
            new()
            {
                ["podTemplate"] = new JsonObject
                {
                    ["annotations"] = new JsonObject { ["chaos"] = $"{Guid.NewGuid():N}" },
                },
            }
        );
}

/// <summary>The pods get an image that does not exist.</summary>
internal sealed class BadImage : Fault
{
    public const string Image = "wa-operator/session-pod:does-not-exist";

    public override string What => "bad image";

    public override Task InjectAsync(Scene scene) =>
        scene.Pool.SpecAsync(new() { ["image"] = Image });

    public override Task HealAsync(Scene scene) => scene.Pool.SpecAsync(new() { ["image"] = null });
}

/// <summary>The pool gets another number of shards.</summary>
internal sealed class Resize(int shards) : Fault
{
    public override string What => $"scale to {shards} shards";

    public override Task InjectAsync(Scene scene) => scene.Pool.ScaleAsync(shards);

    public override Task HealAsync(Scene scene) => scene.Pool.ScaleAsync(Names.Shards);
}
