using WaOperator.Ownership.Campaigns;
using WaOperator.Ownership.Schedules;
using Xunit.Abstractions;

namespace WaOperator.Ownership.Tests;

/// <summary>A few schedules; hack/ownership runs thousands.</summary>
public sealed class CampaignTests(ITestOutputHelper output)
{
    [Fact]
    public async Task No_one_acts_beside_another_nothing_stale_is_written_and_no_one_is_left()
    {
        var campaign = new Campaign(
            new()
            {
                Schedules = 24,
                Processes = 4,
                Restarts = 6,
            },
            output.WriteLine
        );
        (await campaign.RunAsync()).ShouldBeTrue(campaign.Verdict());
        campaign.Outcomes.Count.ShouldBe(24);
        campaign.Outcomes.ShouldAllBe(o => o.Acts > 0 && o.Writes > 0 && o.Claims > 0);
    }

    [Fact]
    public async Task Without_the_act_deadline_two_act_at_once()
    {
        var campaign = new Campaign(
            new()
            {
                Schedules = 200,
                Processes = 0,
                Restarts = 0,
                Seed = 3,
                Mutation = Mutation.NoActDeadline,
                StopAtFirst = true,
            },
            output.WriteLine
        );
        (await campaign.RunAsync()).ShouldBeFalse(campaign.Verdict());
        campaign.Outcomes.Sum(o => o.Overlaps.Count).ShouldBePositive();
    }

    [Fact]
    public void A_seed_makes_one_schedule()
    {
        Schedule
            .Of(7, 9, processes: true)
            .ToString()
            .ShouldBe($"{Schedule.Of(7, 9, processes: true)}");
        Schedule
            .Of(7, 9, processes: true)
            .ToString()
            .ShouldNotBe($"{Schedule.Of(7, 10, processes: true)}");
    }
}
