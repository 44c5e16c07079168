using WaOperator.Api;
using WaOperator.SessionPod.Webhooks;

namespace WaOperator.SessionPod.Tests.Webhooks;

public sealed class SessionWorkTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_cursor_moves_to_the_end_of_what_is_done_without_a_gap()
    {
        var work = Work();
        work.Done(3, 3, posted: true).ShouldBeNull();
        work.Done(1, 1, posted: false).ShouldBe((1, true));
        work.IsDone(3).ShouldBeTrue();
        work.IsDone(2).ShouldBeFalse();
        work.Done(2, 2, posted: false)!.Value.Cursor.ShouldBe(3);
        work.Done(4, 6, posted: false).ShouldBe((6, false));
        work.Position.ShouldBe(6);
    }

    [Fact]
    public void What_is_held_is_looked_at_again_when_its_time_is_over()
    {
        var work = Work();
        work.Done(1, 1, posted: true);
        work.Hold(5, Start.AddSeconds(10), 1);
        work.Done(3, 3, posted: true);
        work.LookedAt(10);
        work.HasMore(Start).ShouldBeFalse();
        work.IsIdle(Start).ShouldBeFalse();
        work.NextTime.ShouldBe(Start.AddSeconds(10));

        work.Settle(Start.AddSeconds(9));
        work.IsHeld(5).ShouldBeTrue();
        work.Settle(Start.AddSeconds(10));
        work.IsHeld(5).ShouldBeFalse();
        work.HasMore(Start).ShouldBeTrue();
        work.Position.ShouldBe(1);
    }

    [Fact]
    public void A_hold_ends_when_the_event_that_it_is_for_is_taken()
    {
        var work = Work();
        work.Hold(5, Start.AddSeconds(10), 1);
        work.Release(5, 2);
        work.IsHeld(5).ShouldBeTrue();
        work.Release(5, 1);
        work.IsHeld(5).ShouldBeFalse();
    }

    [Fact]
    public void No_more_is_looked_at_than_a_window_behind_what_is_held()
    {
        var work = Work();
        work.Last = 10 * SessionWork.Window;
        work.LookedAt(SessionWork.Window - 1);
        work.HasMore(Start).ShouldBeTrue();
        work.LookedAt(SessionWork.Window);
        work.HasMore(Start).ShouldBeFalse();
    }

    /// <summary>Whatever the order in which events are done, none is lost and none is done twice.</summary>
    [Fact]
    public void Any_order_ends_at_the_last()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var order = Enumerable.Range(1, 200).Select(i => (long)i).ToArray();
        random.Shuffle(order);
        var work = new SessionWork(new(1, 1)) { Last = 200 };
        work.Begin(0);
        var done = new HashSet<long>();
        foreach (var seq in order)
        {
            work.IsDone(seq).ShouldBeFalse($"seed {seed}");
            work.Done(seq, seq, posted: random.Next(2) == 0);
            done.Add(seq);
            for (var i = 1L; i <= 200; i++)
                work.IsDone(i).ShouldBe(done.Contains(i), $"seed {seed}");
        }
        work.Cursor.ShouldBe(200, $"seed {seed}");
        work.IsIdle(Start).ShouldBeTrue($"seed {seed}");
    }

    [Fact]
    public async Task The_first_post_of_a_webhook_needs_nothing_of_the_pods()
    {
        var pod = new PostShare(new(1, 1), 1);
        var (one, two) = (new PostSlots(8, pod), new PostSlots(8, pod));
        await one.EnterAsync(default);
        await one.EnterAsync(default);
        await two.EnterAsync(default);
        var waits = two.EnterAsync(default).AsTask();
        waits.IsCompleted.ShouldBeFalse();
        two.Leave();
        await waits;
        var own = new PostSlots(1, new PostShare(new(100, 100), 1));
        await own.EnterAsync(default);
        var more = own.EnterAsync(default).AsTask();
        more.IsCompleted.ShouldBeFalse();
        own.Leave();
        await more;
    }

    [Fact]
    public void A_tenant_has_half_of_what_a_pod_has_at_most()
    {
        var posts = new TenantShares(4, 2);
        var (one, other, third) = (
            new PostShare(posts, 1),
            new PostShare(posts, 2),
            new PostShare(posts, 3)
        );
        one.TryTake(1).ShouldBeTrue();
        new PostShare(posts, 1).TryTake(1).ShouldBeTrue();
        one.TryTake(1).ShouldBeFalse();
        other.TryTake(2).ShouldBeTrue();
        third.TryTake(1).ShouldBeFalse("all of the pod's are taken");
        one.Give(1);
        third.TryTake(1).ShouldBeTrue();
        one.TryTake(1).ShouldBeFalse();
        one.Give(0);
    }

    private static SessionWork Work()
    {
        var work = new SessionWork(new(1, 1)) { Last = 10 };
        work.Begin(0);
        return work;
    }
}
