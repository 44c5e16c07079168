using WaOperator.Kubernetes.Health;

namespace WaOperator.Kubernetes.Tests.Controllers;

public sealed class HealthTests
{
    [Fact]
    public async Task One_bad_check_makes_the_whole_bad_and_is_named_with_its_reason()
    {
        var checks = new HealthChecks()
            .AddReady("good", _ => new((string?)null))
            .AddReady("bad", _ => new("no lease"))
            .AddReady("worse", _ => throw new InvalidOperationException("exploded"));

        var ready = await checks.ReadyAsync();
        ready.Healthy.ShouldBeFalse();
        ready.Text.ShouldBe(
            "[+]good ok\n[-]bad failed: no lease\n[-]worse failed: exploded\nreadyz check failed\n"
        );
    }
}
