using WaOperator.SessionPod.Limits;
using WaOperator.Store.Pod;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Limits;

public sealed class DayBlocksTests
{
    private readonly FakeTime _time = new();
    private int _lookUps;
    private int _given;
    private int _back;

    [Fact]
    public async Task A_steady_tenant_costs_less_than_a_look_up_a_minute()
    {
        var blocks = Blocks(1_000_000);
        await SendAsync(blocks, 1_000_000, minutes: 30);
        _lookUps = 0;

        var sent = await SendAsync(blocks, 1_000_000, minutes: 60);

        sent.ShouldBe(6_000);
        _lookUps.ShouldBeInRange(1, 60);
    }

    [Fact]
    public async Task No_more_is_sent_than_the_limit_and_a_refused_tenant_asks_once_a_minute()
    {
        var blocks = Blocks(250);
        (await SendAsync(blocks, 250, minutes: 3)).ShouldBe(250);
        _lookUps = 0;

        (await SendAsync(blocks, 250, minutes: 10)).ShouldBe(0);

        _lookUps.ShouldBeInRange(1, 11);
        (_given - _back).ShouldBe(250);
        blocks.Wait.ShouldBeGreaterThan(TimeSpan.FromHours(23));
        // Another limit is asked about at once.
        _lookUps = 0;
        await blocks.RoomAsync(300, 10);
        _lookUps.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_left_when_its_part_of_time_ends_is_given_back()
    {
        var blocks = Blocks(1_000);
        (await blocks.RoomAsync(1_000, 10)).ShouldBe(10);
        blocks.Use(4);
        _time.Advance(TimeSpan.FromMinutes(11));

        (await blocks.RoomAsync(1_000, 1)).ShouldBe(1);

        (_back, _lookUps).ShouldBe((6, 2));
    }

    [Fact]
    public async Task Looking_takes_nothing_and_tells_what_a_message_is_told()
    {
        var blocks = Blocks(1_000);
        (await blocks.LookAsync(1_000)).Remaining.ShouldBe(1_000);
        await SendAsync(blocks, 1_000, minutes: 1);
        var (given, lookUps) = (_given, _lookUps);

        (await blocks.LookAsync(1_000)).ShouldBe(
            new LimitState(1_000, blocks.Remaining, blocks.Wait)
        );
        blocks.Remaining.ShouldBe(900);
        _lookUps.ShouldBe(lookUps);
        // Its part of time has ended: what is left of the block is not the tenant's to use.
        _time.Advance(TimeSpan.FromMinutes(11));
        (await blocks.LookAsync(1_000)).Remaining.ShouldBe(1_000 - given);
        _given.ShouldBe(given);
        _lookUps.ShouldBe(lookUps + 1);
    }

    [Theory]
    [InlineData(8, 30, 16)]
    [InlineData(8, 180, 8)]
    [InlineData(8, 600, 4)]
    [InlineData(1, 600, 1)]
    [InlineData(1_000_000, 1, 1_000_000)]
    public void A_block_grows_until_it_lasts(int size, int seconds, int next) =>
        DayBlocks.SizeAfter(size, TimeSpan.FromSeconds(seconds)).ShouldBe(next);

    private DayBlocks Blocks(int limit) =>
        new(
            (_, needed, liked, unused) =>
            {
                _lookUps++;
                _back += unused.Messages;
                var room = limit - (_given - _back);
                var taken = Math.Min(Math.Max(needed, Math.Min(liked, room / 8)), room);
                _given += taken;
                return Task.FromResult(
                    new DayAnswer(
                        taken,
                        1,
                        TimeSpan.FromMinutes(10),
                        room - taken,
                        TimeSpan.FromHours(24)
                    )
                );
            },
            _time
        );

    /// <summary>Sends 100 a minute, one by one.</summary>
    private async Task<int> SendAsync(DayBlocks blocks, int limit, int minutes)
    {
        var sent = 0;
        for (var i = 0; i < minutes * 100; i++)
        {
            if (await blocks.RoomAsync(limit, 1) == 1)
            {
                blocks.Use(1);
                sent++;
            }
            _time.Advance(TimeSpan.FromMilliseconds(600));
        }
        return sent;
    }
}
