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

    private readonly Lock _turn = new();
    private ITimer? _timer;
    private long _refusedAt;

    /// <summary>A message was refused within <see cref="Hold"/>.</summary>
    public bool IsOn
    {
        get
        {
            lock (_turn)
                return _timer is not null;
        }
    }

    /// <summary>A message was refused.</summary>
    /// <returns>Whether that is news.</returns>
    public bool Refused()
    {
        lock (_turn)
        {
            _refusedAt = time.GetTimestamp();
            if (_timer is not null)
                return false;
            _timer = time.CreateTimer(_ => Look(), null, Hold, Timeout.InfiniteTimeSpan);
            return true;
        }
    }

    /// <summary>The session ends here; nothing is called any more.</summary>
    public void Forget()
    {
        lock (_turn)
        {
            _timer?.Dispose();
            _timer = null;
        }
    }

    private void Look()
    {
        lock (_turn)
        {
            if (_timer is null)
                return;
            var left = Hold - time.GetElapsedTime(_refusedAt);
            if (left > TimeSpan.Zero)
            {
                _timer.Change(left, Timeout.InfiniteTimeSpan);
                return;
            }
            _timer.Dispose();
            _timer = null;
        }
        over();
    }
}
