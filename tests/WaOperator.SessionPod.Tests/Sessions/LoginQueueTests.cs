using WaOperator.SessionPod.Sessions;

namespace WaOperator.SessionPod.Tests.Sessions;

public sealed class LoginQueueTests
{
    private readonly LoginQueue _queue = new();

    [Fact]
    public void One_login_of_a_tenant_does_not_wait_for_two_thousand_of_another()
    {
        for (var i = 0; i < 2_000; i++)
            Add(1, TimeSpan.Zero);
        var one = Add(2, TimeSpan.FromMilliseconds(10));

        _queue.Wait(TimeSpan.FromSeconds(1)).ShouldBe(TimeSpan.Zero);
        _queue.Dequeue();

        _queue.Dequeue().ShouldBe(one);
    }

    [Fact]
    public void No_session_dials_before_it_is_due()
    {
        _queue.Wait(TimeSpan.Zero).ShouldBeNull();
        var late = Add(1, TimeSpan.FromSeconds(5));
        var early = Add(2, TimeSpan.FromSeconds(3));

        _queue.Wait(TimeSpan.FromSeconds(1)).ShouldBe(TimeSpan.FromSeconds(2));
        _queue.Wait(TimeSpan.FromSeconds(3)).ShouldBe(TimeSpan.Zero);
        _queue.Dequeue().ShouldBe(early);
        _queue.Wait(TimeSpan.FromSeconds(3)).ShouldBe(TimeSpan.FromSeconds(2));
        _queue.Wait(TimeSpan.FromSeconds(6)).ShouldBe(TimeSpan.Zero);
        _queue.Dequeue().ShouldBe(late);
    }

    [Fact]
    public void Those_that_gave_up_take_no_turn()
    {
        Add(1, TimeSpan.Zero).SetCanceled();
        var second = Add(1, TimeSpan.Zero);
        var third = Add(2, TimeSpan.Zero);
        Add(3, TimeSpan.FromSeconds(1)).SetCanceled();

        _queue.Wait(TimeSpan.Zero).ShouldBe(TimeSpan.Zero);
        second.SetCanceled();
        _queue.Wait(TimeSpan.Zero).ShouldBe(TimeSpan.Zero);
        _queue.Dequeue().ShouldBe(third);
        _queue.Wait(TimeSpan.Zero).ShouldBeNull();
    }

    private TaskCompletionSource Add(long tenant, TimeSpan at)
    {
        var turn = new TaskCompletionSource();
        _queue.Enqueue(tenant, turn, at);
        return turn;
    }
}
