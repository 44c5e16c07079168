namespace WaOperator.SessionPod.Sessions;

/// <summary>
/// Remembers that WhatsApp lets a session's account write to no new chats (463). The server says neither how long that lasts
/// nor when it is over, so it counts as over when nothing was refused for <see cref="Hold"/>. It outlives connections, and
/// costs a timer only while it lasts.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="over">Called when it is over.</param>
internal sealed class Timelock(TimeProvider time, Action over)
{
    /// <summary>How long after the last refusal the account is taken to be locked.</summary>
    public static readonly TimeSpan Hold = TimeSpan.FromHours(1);

    private readonly Lock turn = new();
    private ITimer? timer;
    private long refusedAt;

    /// <summary>A message was refused within <see cref="Hold"/>.</summary>
    public bool IsOn
    {
        get
        {
            lock (turn)
                return timer is not null;
        }
    }

    /// <summary>A message was refused.</summary>
    /// <returns>Whether that is news.</returns>
    public bool Refused()
    {
        lock (turn)
        {
            refusedAt = time.GetTimestamp();
            if (timer is not null)
                return false;
            timer = time.CreateTimer(_ => Look(), null, Hold, Timeout.InfiniteTimeSpan);
            return true;
        }
    }

    /// <summary>The session ends here; nothing is called any more.</summary>
    public void Forget()
    {
        lock (turn)
        {
            timer?.Dispose();
            timer = null;
        }
    }

    private void Look()
    {
        lock (turn)
        {
            if (timer is null)
                return;
            var left = Hold - time.GetElapsedTime(refusedAt);
            if (left > TimeSpan.Zero)
            {
                timer.Change(left, Timeout.InfiniteTimeSpan);
                return;
            }
            timer.Dispose();
            timer = null;
        }
        over();
    }
}
