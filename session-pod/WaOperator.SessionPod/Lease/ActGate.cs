using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Lease;

/// <summary>
/// May the sessions of this lease epoch act? Open until the act deadline, which counts from before the last good renewal was
/// sent, so that whatever the network does it ends before the lease can be taken over. One gate belongs to one epoch: once
/// shut it never opens again, and a socket that outlived its lease cannot act under the next one.
/// </summary>
internal sealed class ActGate(IBootClock clock) : IActGate
{
    private readonly Lock _waiting = new();
    private TaskCompletionSource? _opened;
    private long _deadline = long.MinValue;
    private bool _shut;

    /// <summary>Acting is allowed now.</summary>
    public bool MayAct => clock.Now.Ticks < Volatile.Read(ref _deadline);

    /// <summary>How long acting has been forbidden; zero while it is allowed, and the longest time once the gate is shut.</summary>
    public TimeSpan ClosedFor
    {
        get
        {
            var end = Volatile.Read(ref _deadline);
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
        lock (_waiting)
        {
            if (_shut)
                return;
            Volatile.Write(ref _deadline, (sentAt + actDeadline).Ticks);
            if (!MayAct)
                return;
            wake = _opened;
            _opened = null;
        }
        wake?.TrySetResult();
    }

    /// <summary>The lease is gone: nothing may act from here on.</summary>
    public void Shut()
    {
        lock (_waiting)
        {
            _shut = true;
            Volatile.Write(ref _deadline, long.MinValue);
        }
    }

    /// <summary>Completes when <see cref="MayAct"/> is true. Never completes by itself once the gate is shut.</summary>
    public async Task WaitUntilOpenAsync(CancellationToken ct)
    {
        while (!MayAct)
        {
            Task open;
            lock (_waiting)
            {
                if (MayAct)
                    return;
                _opened ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
                open = _opened.Task;
            }
            await open.WaitAsync(ct);
        }
    }
}
