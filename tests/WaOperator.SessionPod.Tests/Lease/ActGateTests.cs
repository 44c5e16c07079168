using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Tests.World;

namespace WaOperator.SessionPod.Tests.Lease;

public sealed class ActGateTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(7);
    private readonly HandClock _clock = new();

    [Fact]
    public void Is_closed_until_a_renewal_succeeded()
    {
        var gate = new ActGate(_clock);
        gate.MayAct.ShouldBeFalse();
        gate.Extend(_clock.Now, Deadline);
        gate.MayAct.ShouldBeTrue();
    }

    [Fact]
    public void Counts_from_the_sending_of_the_renewal_not_from_its_answer()
    {
        var gate = new ActGate(_clock);
        var sentAt = _clock.Now;
        _clock.Advance(TimeSpan.FromSeconds(5)); // a slow answer
        gate.Extend(sentAt, Deadline);
        gate.MayAct.ShouldBeTrue();
        _clock.Advance(TimeSpan.FromSeconds(2));
        gate.MayAct.ShouldBeFalse();
        gate.ClosedFor.ShouldBe(TimeSpan.Zero);
        _clock.Advance(TimeSpan.FromSeconds(3));
        gate.ClosedFor.ShouldBe(TimeSpan.FromSeconds(3));
    }

    [Fact]
    public void An_answer_that_comes_after_its_own_deadline_opens_nothing()
    {
        var gate = new ActGate(_clock);
        var sentAt = _clock.Now;
        _clock.Advance(Deadline);
        gate.Extend(sentAt, Deadline);
        gate.MayAct.ShouldBeFalse();
    }

    [Fact]
    public async Task Lets_waiters_in_when_it_opens()
    {
        var gate = new ActGate(_clock);
        var waiting = gate.WaitUntilOpenAsync(CancellationToken.None);
        waiting.IsCompleted.ShouldBeFalse();
        gate.Extend(_clock.Now, Deadline);
        await waiting;
        await gate.WaitUntilOpenAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Once_shut_it_never_opens_again()
    {
        var gate = new ActGate(_clock);
        gate.Extend(_clock.Now, Deadline);
        gate.Shut();
        gate.MayAct.ShouldBeFalse();
        gate.Extend(_clock.Now, Deadline);
        gate.MayAct.ShouldBeFalse();
        gate.ClosedFor.ShouldBe(TimeSpan.MaxValue);
        using var stop = new CancellationTokenSource();
        var waiting = gate.WaitUntilOpenAsync(stop.Token);
        waiting.IsCompleted.ShouldBeFalse();
        await stop.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(waiting);
    }

    [Fact]
    public void The_machines_boot_clock_moves_on()
    {
        var first = BootClock.Instance.Now;
        first.ShouldBeGreaterThan(TimeSpan.Zero);
        SpinWait
            .SpinUntil(() => BootClock.Instance.Now > first, TimeSpan.FromSeconds(5))
            .ShouldBeTrue();
    }
}
