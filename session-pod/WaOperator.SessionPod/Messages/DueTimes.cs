namespace WaOperator.SessionPod.Messages;

/// <summary>When each session's next Scheduled message is due. Sessions that have none are not in it.</summary>
internal sealed class DueTimes
{
    private readonly Lock _turn = new();
    private readonly Dictionary<long, DateTimeOffset> _first = [];
    private HashSet<long> _unread = [];
    private TaskCompletionSource _changed = New();

    /// <summary>A session was claimed: what it has scheduled is to be read.</summary>
    public void Claimed(long session)
    {
        lock (_turn)
        {
            _unread.Add(session);
            _changed.TrySetResult();
        }
    }

    /// <summary>A session is no longer run here.</summary>
    public void Left(long session)
    {
        lock (_turn)
        {
            _unread.Remove(session);
            _first.Remove(session);
        }
    }

    /// <summary>A message of a session is due at a time.</summary>
    public void At(long session, DateTimeOffset due)
    {
        lock (_turn)
        {
            if (_first.TryGetValue(session, out var known) && known <= due)
                return;
            _first[session] = due;
            _changed.TrySetResult();
        }
    }

    /// <summary>The sessions that were claimed since.</summary>
    public IReadOnlyCollection<long> TakeUnread()
    {
        lock (_turn)
        {
            var taken = _unread;
            _unread = [];
            return taken;
        }
    }

    /// <summary>The sessions that have something due, once each: their next time is to be set again.</summary>
    public IReadOnlyList<long> TakeDue(DateTimeOffset now)
    {
        lock (_turn)
        {
            var due = _first.Where(f => f.Value <= now).Select(f => f.Key).ToList();
            foreach (var session in due)
                _first.Remove(session);
            return due;
        }
    }

    /// <summary>The next time of all, null for none; and what completes when that may be another.</summary>
    public (DateTimeOffset? Next, Task Changed) Wait()
    {
        lock (_turn)
        {
            if (_changed.Task.IsCompleted && _unread.Count == 0)
                _changed = New();
            return (_first.Count == 0 ? null : _first.Values.Min(), _changed.Task);
        }
    }

    private static TaskCompletionSource New() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);
}
