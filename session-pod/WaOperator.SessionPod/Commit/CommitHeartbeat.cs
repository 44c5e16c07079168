using WaOperator.SessionPod.Lease;

namespace WaOperator.SessionPod.Commit;

/// <summary>
/// Sends a probe through the thread pool and the group commit, as each session's work goes. A pod whose loops hang must lose its
/// lease, however well its lease's thread runs.
/// </summary>
internal sealed class CommitHeartbeat(IBootClock clock, TimeSpan limit) : IHeartbeat
{
    private Action<Action>? _probe;
    private long _sentAt;
    private long _outstanding;

    /// <summary>How a probe passes the group commit of the current tenure (<see cref="GroupCommit.Probe"/>), null without one.</summary>
    public void Follow(Action<Action>? current) => Volatile.Write(ref _probe, current);

    /// <summary>For how long the probe that is on its way has been; zero when it came through.</summary>
    public TimeSpan StuckFor =>
        Volatile.Read(ref _outstanding) == 0
            ? TimeSpan.Zero
            : clock.Now - new TimeSpan(Volatile.Read(ref _sentAt));

    /// <inheritdoc/>
    public bool IsBeating
    {
        get
        {
            if (Volatile.Read(ref _outstanding) != 0)
                return StuckFor < limit;
            Volatile.Write(ref _sentAt, clock.Now.Ticks);
            Volatile.Write(ref _outstanding, 1);
            ThreadPool.UnsafeQueueUserWorkItem(
                static self => self.Through(),
                this,
                preferLocal: false
            );
            return true;
        }
    }

    private void Through()
    {
        if (Volatile.Read(ref _probe) is { } current)
            current(Arrived);
        else
            Arrived();
    }

    private void Arrived() => Volatile.Write(ref _outstanding, 0);
}
