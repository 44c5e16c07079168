using WaOperator.Ownership.Campaigns;

namespace WaOperator.Ownership.Tests;

/// <summary>How a campaign waits for the machine.</summary>
public sealed class PaceTests
{
    [Fact]
    public async Task A_campaign_that_was_asked_to_stop_does_not_wait_for_a_busy_machine()
    {
        var enough = false;
        // Some thread always wants to run.
        using var pace = new Pace(busy: -1);
        var room = pace.RoomAsync(0, () => Volatile.Read(ref enough));
        room.IsCompleted.ShouldBeFalse();
        Volatile.Write(ref enough, true);
        await room.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
