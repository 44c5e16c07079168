using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Lease;

/// <summary>
/// May the sessions of this lease epoch act? Open until the act deadline, which counts from before the last good renewal was
/// sent, so that whatever the network does it ends before the lease can be taken over. One gate belongs to one epoch: once
/// shut it never opens again, and a socket that outlived its lease cannot act under the next one.
/// </summary>
internal sealed class ActGate(IBootClock clock) : IActGate
{
    private readonly Lock waiting = new();
    private TaskCompletionSource? opened;
    private long deadline = long.MinValue;
    private bool shut;

    /// <summary>Acting is allowed now.</summary>
    public bool MayAct => clock.Now.Ticks < Volatile.Read(ref deadline);

    /// <summary>How long acting has been forbidden; zero while it is allowed, and the longest time once the gate is shut.</summary>
    public TimeSpan ClosedFor
    {
        get
        {
            var end = Volatile.Read(ref deadline);
            if (end == long.MinValue)
                return TimeSpan.MaxValue;
            var late = clock.Now.Ticks - end;
            return late < 0 ? TimeSpan.Zero : new TimeSpan(late);
        }
    }

    /// <summary>A renewal that was sent at <paramref name="sentAt"/> succeeded.</summary>
    public void Extend(TimeSpan sentAt, TimeSpan actDeadline)
    {
        TaskCompletionSource? wake;
        lock (waiting)
        {
            if (shut)
                return;
            Volatile.Write(ref deadline, (sentAt + actDeadline).Ticks);
            if (!MayAct)
                return;
            wake = opened;
            opened = null;
        }
        wake?.TrySetResult();
    }

    /// <summary>The lease is gone: nothing may act from here on.</summary>
    public void Shut()
    {
        lock (waiting)
        {
            shut = true;
            Volatile.Write(ref deadline, long.MinValue);
        }
    }

    /// <summary>Completes when <see cref="MayAct"/> is true. Never completes by itself once the gate is shut.</summary>
    public async Task WaitUntilOpenAsync(CancellationToken ct)
    {
        while (!MayAct)
        {
            Task open;
            lock (waiting)
            {
                if (MayAct)
                    return;
                opened ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
                open = opened.Task;
            }
            await open.WaitAsync(ct);
        }
    }
}
