using WaOperator.Chaos.Fleet;
using WaOperator.Chaos.Rows;

namespace WaOperator.Chaos.Faults;

/// <summary>The webhook's endpoint answers 503.</summary>
internal sealed class HookFails : Fault
{
    public override string What => "a webhook's endpoint away";

    public override Task InjectAsync(Scene scene) =>
        scene.Simulator.AnswerHookAsync(ThroughWebhook.Hook, 503);

    public override Task HealAsync(Scene scene) =>
        scene.Simulator.AnswerHookAsync(ThroughWebhook.Hook, 204);
}
