using WaOperator.Operator.Shards;
using WaOperator.Testing;

namespace WaOperator.Operator.Tests.Shards;

/// <summary>What was counted under one rule is worth something under another only if that one is no stricter.</summary>
public sealed class LeaseWatchTests
{
    private readonly FakeTime _clock = new();

    [Theory]
    [InlineData(3.0, 8)]
    [InlineData(2.5, 8)]
    [InlineData(1.0, 0)]
    public void A_leader_continues_with_what_it_counted_as_a_standby_unless_its_looks_were_too_rare(
        double maxGap,
        int stillFor
    )
    {
        LeaseWatch? seen = null;
        for (var i = 0; i < 9; i++)
            seen = Look(seen, TimeSpan.FromSeconds(2.5));

        Look(seen, TimeSpan.FromSeconds(maxGap), pause: 0)
            .StillFor.ShouldBe(TimeSpan.FromSeconds(stillFor));
    }

    private LeaseWatch Look(LeaseWatch? before, TimeSpan maxGap, int pause = 1)
    {
        if (before is not null)
            _clock.Advance(TimeSpan.FromSeconds(pause));
        var now = _clock.GetTimestamp();
        return LeaseWatch.Next(before, ShardScene.Held(), now, now, maxGap, _clock);
    }
}
