namespace WaOperator.SessionPod.Lease;

/// <summary>Why a tenure ends.</summary>
internal enum LeaseEnd
{
    /// <summary>The lease was taken, ended or released by someone: drop everything, write nothing.</summary>
    Refused,

    /// <summary>A newer pod of this ordinal waits: close, persist, release.</summary>
    StepDown,

    /// <summary>The process stops: close, persist, release.</summary>
    Stopping,
}

/// <summary>One holding of the lease, from its acquisition to its end. Everything that a pod owns hangs on one tenure.</summary>
internal sealed class LeaseTenure(long epoch, Guid process, ActGate gate) : IDisposable
{
    private readonly CancellationTokenSource _ending = new();
    private readonly CancellationTokenSource _refused = new();
    private int _end = -1;

    /// <summary>The lease's epoch.</summary>
    public long Epoch { get; } = epoch;

    /// <summary>Which process of the pod holds it.</summary>
    public Guid Process { get; } = process;

    /// <summary>Whether its sessions may act.</summary>
    public ActGate Gate { get; } = gate;

    /// <summary>Cancelled when the tenure must end; <see cref="End"/> says why.</summary>
    public CancellationToken Ending => _ending.Token;

    /// <summary>Cancelled when the lease is gone, be it before or during an orderly end.</summary>
    public CancellationToken Refused => _refused.Token;

    /// <summary>Why it ends; null while it continues. The first word stands, except that a refusal overrides any other.</summary>
    public LeaseEnd? End => Volatile.Read(ref _end) is >= 0 and var why ? (LeaseEnd)why : null;

    /// <summary>Called on the lease's thread after PostgreSQL was away and before the sessions act again; must be quick.</summary>
    public Action? Recovering { get; set; }

    /// <summary>Ends the tenure.</summary>
    public void EndBy(LeaseEnd why)
    {
        if (why == LeaseEnd.Refused)
        {
            Gate.Shut();
            Volatile.Write(ref _end, (int)why);
            _ = _refused.CancelAsync();
        }
        else
        {
            Interlocked.CompareExchange(ref _end, (int)why, -1);
        }
        // On the thread pool: a listener must not hold up the lease's thread.
        _ = _ending.CancelAsync();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ending.Dispose();
        _refused.Dispose();
    }
}
