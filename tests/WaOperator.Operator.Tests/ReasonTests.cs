using WaOperator.Operator.Placement;
using WaOperator.Operator.Shards;
using WaOperator.Store;

namespace WaOperator.Operator.Tests;

/// <summary>What the programs name by enumerations is in the catalogue.</summary>
public sealed class ReasonTests
{
    [Fact]
    public void Every_cause_placement_and_phase_is_in_the_catalogue()
    {
        foreach (var cause in Enum.GetValues<ShardCause>())
            Reasons.Of(cause).About.HasFlag(About.Shard).ShouldBeTrue(cause.ToString());
        foreach (var reason in Enum.GetValues<PlacementReason>())
            Reasons.Of(reason).About.HasFlag(About.Session).ShouldBeTrue(reason.ToString());
        foreach (var phase in Enum.GetValues<SessionPhase>())
            Reasons.Of(phase).About.HasFlag(About.Session).ShouldBeTrue(phase.ToString());
    }

    [Fact]
    public void A_warning_says_what_to_do_and_says_it_once()
    {
        new Told(true, Reasons.TenantLimit, "used up").Text.ShouldBe(
            "used up. What to do: raise the limit, or delete sessions"
        );
        new Told(true, Reasons.TenantLimit, Reasons.TenantLimit.Sentence).Text.ShouldBe(
            Reasons.TenantLimit.Sentence
        );
        new Told(false, Reasons.Pairing, "a code waits").Text.ShouldBe("a code waits");
    }
}
