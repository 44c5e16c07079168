using WaOperator.Kubernetes.Objects;
using WaOperator.Resources;

namespace WaOperator.Operator.Projection;

/// <summary>The sessions that need a look, each once, however often it is asked for. Safe for many threads.</summary>
/// <param name="wake">Called when there is something to take.</param>
/// <param name="time">The clock of what is due later.</param>
internal sealed class DueSessions(Action wake, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly HashSet<NamespacedName> _due = [];
    private readonly HashSet<NamespacedName> _held = [];

    /// <summary>Whether none is due now.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_lock)
                return _due.Count == 0;
        }
    }

    /// <summary>The session is due.</summary>
    public void Add(NamespacedName session)
    {
        lock (_lock)
            _due.Add(session);
        wake();
    }

    /// <summary>All of them are due.</summary>
    public void Add(IEnumerable<WhatsAppSession> sessions)
    {
        foreach (var session in sessions)
            Add(NamespacedName.Of(session));
    }

    /// <summary>The session is due after a while.</summary>
    public void AddAfter(NamespacedName session, TimeSpan delay) =>
        _ = Task.Delay(delay, time).ContinueWith(_ => Add(session), TaskScheduler.Default);

    /// <summary>Takes some; if more are left, it wakes for them.</summary>
    /// <param name="most">At most so many.</param>
    public List<NamespacedName> Take(int most)
    {
        bool isMore;
        List<NamespacedName> batch;
        lock (_lock)
        {
            batch = [.. _due.Take(most)];
            _due.ExceptWith(batch);
            isMore = _due.Count > 0;
        }
        if (isMore)
            wake();
        return batch;
    }

    /// <summary>They were taken in vain. Wakes for none of them: a step that failed is tried again by itself.</summary>
    public void Return(IEnumerable<NamespacedName> sessions)
    {
        lock (_lock)
            _due.UnionWith(sessions);
    }

    /// <summary>They are held, and are due again after a while together with all that were held before.</summary>
    public void Hold(IReadOnlyCollection<NamespacedName> sessions, TimeSpan delay)
    {
        if (sessions.Count == 0)
            return;
        lock (_lock)
        {
            if (_held.Count == 0)
                _ = Task.Delay(delay, time).ContinueWith(_ => ReleaseHeld(), TaskScheduler.Default);
            _held.UnionWith(sessions);
        }
    }

    private void ReleaseHeld()
    {
        lock (_lock)
        {
            _due.UnionWith(_held);
            _held.Clear();
        }
        wake();
    }
}
