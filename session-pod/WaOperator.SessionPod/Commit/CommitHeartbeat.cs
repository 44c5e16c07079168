using WaOperator.SessionPod.Lease;

namespace WaOperator.SessionPod.Commit;

/// <summary>
/// Sends a probe through the thread pool and the group commit, as each session's work goes. A pod whose loops hang must lose its
/// lease, however well its lease's thread runs.
/// </summary>
internal sealed class CommitHeartbeat(IBootClock clock, TimeSpan limit) : IHeartbeat
{
    private GroupCommit? commits;
    private long sentAt;
    private long outstanding;

    /// <summary>The group commit of the current tenure, null for none.</summary>
    public void Follow(GroupCommit? current) => Volatile.Write(ref commits, current);

    /// <inheritdoc/>
    public bool IsBeating
    {
        get
        {
            if (Volatile.Read(ref outstanding) != 0)
                return clock.Now.Ticks - sentAt < limit.Ticks;
            sentAt = clock.Now.Ticks;
            Volatile.Write(ref outstanding, 1);
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
        if (Volatile.Read(ref commits) is { } current)
            current.Probe(Arrived);
        else
            Arrived();
    }

    private void Arrived() => Volatile.Write(ref outstanding, 0);
}
