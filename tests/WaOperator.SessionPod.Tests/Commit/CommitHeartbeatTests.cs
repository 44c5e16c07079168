using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Commit;

public sealed class CommitHeartbeatTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Beats_while_probes_come_through()
    {
        var clock = new HandClock();
        var heart = new CommitHeartbeat(clock, Limit);
        heart.IsBeating.ShouldBeTrue();
        await Eventually.True(
            "the probe came through, so the next is sent later",
            () =>
            {
                clock.Advance(Limit * 2);
                return heart.IsBeating;
            }
        );
    }

    [Fact]
    public async Task Stops_beating_when_a_probe_is_stuck_and_beats_again_when_it_arrives()
    {
        var clock = new HandClock();
        Action? release = null;
        var heart = new CommitHeartbeat(clock, Limit);
        heart.Follow(arrived => Volatile.Write(ref release, arrived));
        heart.IsBeating.ShouldBeTrue();
        await Eventually.True(
            "the probe is on its way",
            () => Volatile.Read(ref release) is not null
        );
        clock.Advance(Limit - TimeSpan.FromMilliseconds(1));
        heart.IsBeating.ShouldBeTrue();
        clock.Advance(TimeSpan.FromMilliseconds(1));
        heart.IsBeating.ShouldBeFalse();
        release!();
        heart.IsBeating.ShouldBeTrue();
    }
}
