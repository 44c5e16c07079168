using WaOperator.Ownership.Judging;

namespace WaOperator.Ownership.Tests;

public sealed class RefereeTests
{
    private readonly Referee _referee = new();

    [Fact]
    public void One_after_the_other_is_well()
    {
        Act("a", epoch: 1, 0, 1);
        Act("a", epoch: 1, 10, 11);
        Act("b", epoch: 2, 11, 12);
        Act("b", epoch: 2, 20, 21);
        _referee.Overlaps.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Who_acts_after_his_successor_is_found_in_whichever_order_it_is_told(bool oldFirst)
    {
        if (oldFirst)
            Act("a", epoch: 1, 30, 31);
        Act("b", epoch: 2, 20, 21);
        if (!oldFirst)
            Act("a", epoch: 1, 30, 31);
        _referee.Overlaps.ShouldHaveSingleItem().ShouldContain("a acted in epoch 1");
    }

    [Fact]
    public void Two_owners_of_one_epoch_are_found()
    {
        Act("a", epoch: 1, 0, 1);
        Act("b", epoch: 1, 5, 6);
        _referee.Overlaps.ShouldHaveSingleItem();
    }

    [Fact]
    public void A_pause_between_the_readings_makes_no_overlap_up()
    {
        Act("a", epoch: 1, 10, 500);
        Act("b", epoch: 2, 400, 401);
        Act("b", epoch: 2, 600, 601);
        _referee.Overlaps.ShouldBeEmpty();
    }

    [Fact]
    public void Sessions_know_nothing_of_each_other()
    {
        Act("a", epoch: 1, 30, 31, session: 1);
        Act("b", epoch: 2, 20, 21, session: 2);
        _referee.Overlaps.ShouldBeEmpty();
    }

    [Fact]
    public void Only_acts_of_the_newest_epoch_make_a_session_owned()
    {
        Act("a", epoch: 1, 100, 101);
        Act("b", epoch: 2, 50, 51);
        _referee.Idle([1], new TimeSpan(60)).ShouldBe([1]);
        _referee.Idle([1], new TimeSpan(40)).ShouldBeEmpty();
        _referee.Idle([7], TimeSpan.Zero).ShouldBe([7]);
    }

    private void Act(string owner, long epoch, long from, long to, long session = 1) =>
        _referee.Take(new(session, epoch, owner, from, to));
}
