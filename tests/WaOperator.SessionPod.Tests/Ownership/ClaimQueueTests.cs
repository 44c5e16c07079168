using WaOperator.SessionPod.Ownership;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Tests.Ownership;

public sealed class ClaimQueueTests
{
    private static readonly TimeSpan Start = TimeSpan.FromMinutes(1);
    private readonly ClaimQueue _queue = new();

    private static Assignment[] Placed(int count, ShardId? owner = null) =>
        [.. Enumerable.Range(1, count).Select(i => AssignmentDiffTests.Placed(i, owner: owner))];

    [Fact]
    public void Asks_in_batches_that_the_database_takes()
    {
        _queue.Replace(Placed(450), Start);
        _queue.Due(Start).Count.ShouldBe(SessionClaims.MaxBatch);
        foreach (var a in _queue.Due(Start))
            _queue.Answered(new Claim(a.Id, 5, null), Start, 0).ShouldBe(a);
        _queue.Count.ShouldBe(250);
    }

    [Fact]
    public void A_held_session_is_asked_for_again_within_half_a_second_and_others_go_first()
    {
        _queue.Replace(Placed(2), Start);
        _queue.Answered(new Claim(1, null, ClaimRefusal.Held), Start, 0.5).ShouldBeNull();
        _queue.Due(Start).Select(a => a.Id).ShouldBe([2]);
        var again =
            Start + ClaimQueue.RetryFrom + (ClaimQueue.RetryTo - ClaimQueue.RetryFrom) * 0.5;
        _queue.Due(again - TimeSpan.FromTicks(1)).Select(a => a.Id).ShouldBe([2]);
        _queue.Due(again).Select(a => a.Id).ShouldBe([2, 1]);
    }

    [Fact]
    public void A_poll_does_not_hasten_those_that_wait_and_forgets_those_that_are_placed_elsewhere()
    {
        _queue.Replace(Placed(2), Start);
        foreach (var a in _queue.Due(Start))
            _queue.Answered(new Claim(a.Id, null, ClaimRefusal.Held), Start, 1);
        _queue.Replace(Placed(1), Start);
        _queue.Due(Start).ShouldBeEmpty();
        _queue.Due(Start + ClaimQueue.RetryTo).Select(a => a.Id).ShouldBe([1]);
    }

    [Fact]
    public void What_is_not_placed_here_is_not_asked_for_again()
    {
        _queue.Replace(Placed(1), Start);
        _queue.Answered(new Claim(1, null, ClaimRefusal.NotPlaced), Start, 0).ShouldBeNull();
        _queue.Count.ShouldBe(0);
        _queue.NextDue.ShouldBeNull();
    }

    [Fact]
    public void An_owner_that_is_gone_gives_all_at_once()
    {
        var owner = new ShardId("p", 7);
        _queue.Replace(Placed(3, owner), Start);
        foreach (var a in _queue.Due(Start))
            _queue.Answered(new Claim(a.Id, null, ClaimRefusal.Held), Start, 1);
        _queue.Hasten(new HashSet<ShardId> { new("p", 8) }, Start);
        _queue.Due(Start).ShouldBeEmpty();
        _queue.Hasten(new HashSet<ShardId> { owner }, Start);
        _queue.Due(Start).Count.ShouldBe(3);
    }
}
