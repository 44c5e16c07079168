using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Journal;

namespace WaOperator.SessionPod.Tests.Journal;

public sealed class JournalNumbersTests
{
    private long _durable;

    [Fact]
    public async Task Writes_of_a_lane_follow_each_other_and_another_lane_waits_for_them()
    {
        var numbers = Numbers();
        var lane = new CommitLane();
        var first = await TakeAsync(numbers, lane);
        var second = await TakeAsync(numbers, lane);
        (first.Number, second.Number).ShouldBe((1, 2));

        var other = TakeAsync(numbers, new CommitLane());

        first.Commit.SetResult(CommitOutcome.Committed);
        other.IsCompleted.ShouldBeFalse("the second write is not known to be durable");
        second.Commit.SetResult(CommitOutcome.Committed);
        (await other).Number.ShouldBe(3);
    }

    [Theory]
    [InlineData(nameof(CommitOutcome.Broken))]
    [InlineData(nameof(CommitOutcome.Dropped))]
    [InlineData(nameof(CommitOutcome.Unknown))]
    public async Task Numbers_of_a_write_that_was_lost_are_given_again(string how)
    {
        var numbers = Numbers();
        var lane = new CommitLane();
        (await TakeAsync(numbers, lane)).Commit.SetResult(CommitOutcome.Committed);
        _durable = 1;
        (await TakeAsync(numbers, lane)).Commit.SetResult(Enum.Parse<CommitOutcome>(how));

        (await TakeAsync(numbers, lane: null)).Number.ShouldBe(2);
    }

    [Fact]
    public async Task Numbers_that_are_not_queued_are_taken_back()
    {
        var numbers = Numbers();
        await numbers.EnterAsync(null);
        numbers.Next().ShouldBe(1);
        numbers.Next().ShouldBe(2);
        numbers.Leave();

        (await TakeAsync(numbers, lane: null)).Number.ShouldBe(1);
    }

    [Fact]
    public async Task A_journal_that_cannot_be_read_holds_no_turn()
    {
        var away = true;
        var numbers = new JournalNumbers(() =>
            away ? throw new IOException("away") : Task.FromResult(7L)
        );
        await Should.ThrowAsync<IOException>(() => numbers.EnterAsync(null));
        away = false;

        (await TakeAsync(numbers, lane: null)).Number.ShouldBe(8);
    }

    private JournalNumbers Numbers() => new(() => Task.FromResult(_durable));

    private static async Task<(long Number, TaskCompletionSource<CommitOutcome> Commit)> TakeAsync(
        JournalNumbers numbers,
        CommitLane? lane
    )
    {
        await numbers.EnterAsync(lane);
        var commit = new TaskCompletionSource<CommitOutcome>();
        var number = numbers.Next();
        numbers.Queued(commit.Task);
        numbers.Leave();
        return (number, commit);
    }
}
