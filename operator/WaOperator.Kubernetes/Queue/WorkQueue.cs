using System.Diagnostics.CodeAnalysis;
using WaOperator.Kubernetes.Metrics;

namespace WaOperator.Kubernetes.Queue;

/// <summary>Which keys go first.</summary>
public enum Priority
{
    /// <summary>Fresh changes and retries.</summary>
    Normal,

    /// <summary>The initial list: it must not keep fresh changes waiting behind a restart.</summary>
    Low,
}

/// <summary>
/// Keys that need work. A key waits at most once however often it is added; it is never handed out while it is being
/// worked on, but if it is added meanwhile it waits again as soon as the work is <see cref="Done"/>, so no change is lost.
/// </summary>
[SuppressMessage(
    "Naming",
    "CA1711:Identifiers should not have incorrect suffix",
    Justification = "The field's name for it."
)]
public sealed class WorkQueue<TKey> : IDisposable
    where TKey : notnull
{
    private sealed class Entry
    {
        /// <summary>Work is due: the key waits, or will when the present work is done.</summary>
        public bool Dirty;
        public bool Processing;
        public Priority Priority;

        /// <summary>Distinguishes the place in the line that counts from those that a change of priority left behind.</summary>
        public long Ticket;
        public long AddedAt;
        public long StartedAt;
    }

    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, Entry> _entries = [];
    private readonly Queue<(TKey Key, long Ticket)>[] _lines = [new(), new()];
    private readonly PriorityQueue<TKey, long> _later = new();
    private readonly Dictionary<TKey, long> _laterDue = [];
    private readonly Queue<TaskCompletionSource<TKey?>> _idle = new();
    private readonly TimeProvider _time;
    private readonly IRateLimiter<TKey> _limiter;
    private readonly QueueMetrics _metrics;
    private readonly ITimer _timer;
    private readonly long _origin;
    private long _tickets;
    private int _waiting;
    private bool _shutDown;

    /// <summary>Makes an empty queue.</summary>
    /// <param name="name">For metrics.</param>
    /// <param name="limiter">Pauses of <see cref="AddRateLimited"/>; null: the default.</param>
    /// <param name="time">The clock.</param>
    public WorkQueue(string name, IRateLimiter<TKey>? limiter = null, TimeProvider? time = null)
    {
        Name = name;
        _time = time ?? TimeProvider.System;
        _limiter = limiter ?? RateLimiters.Default<TKey>(_time);
        _origin = _time.GetTimestamp();
        _metrics = new(name, () => Count, LongestRunning);
        _timer = _time.CreateTimer(
            _ => AddDue(),
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
    }

    /// <summary>For metrics.</summary>
    public string Name { get; }

    /// <summary>Keys that wait, without those of <see cref="AddAfter"/> whose time has not come.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _waiting;
        }
    }

    /// <summary>The key needs work now.</summary>
    public void Add(TKey key, Priority priority = Priority.Normal)
    {
        lock (_lock)
            AddLocked(key, priority);
    }

    /// <summary>The key needs work after a while. If it is to come sooner already, nothing changes.</summary>
    public void AddAfter(TKey key, TimeSpan delay)
    {
        lock (_lock)
        {
            if (_shutDown)
                return;
            if (delay <= TimeSpan.Zero)
            {
                AddLocked(key, Priority.Normal);
                return;
            }
            var due = (_time.GetElapsedTime(_origin) + delay).Ticks;
            if (_laterDue.TryGetValue(key, out var before) && before <= due)
                return;
            _laterDue[key] = due;
            _later.Enqueue(key, due);
            Arm();
        }
    }

    /// <summary>The key failed: again after a pause that grows with each failure.</summary>
    /// <param name="key">The key.</param>
    /// <param name="atLeast">A longer pause that someone asked for.</param>
    public void AddRateLimited(TKey key, TimeSpan atLeast = default)
    {
        _metrics.Retried();
        var pause = _limiter.When(key);
        AddAfter(key, pause > atLeast ? pause : atLeast);
    }

    /// <summary>The key succeeded: its pauses begin again.</summary>
    public void Forget(TKey key) => _limiter.Forget(key);

    /// <summary>Failures since the key was last forgotten.</summary>
    public int NumRequeues(TKey key) => _limiter.NumRequeues(key);

    /// <summary>
    /// The next key, as soon as there is one; call <see cref="Done"/> for it in the end. <c>Found</c> is false after
    /// <see cref="ShutDown"/>.
    /// </summary>
    public async ValueTask<(bool Found, TKey? Key)> GetAsync(CancellationToken ct = default)
    {
        while (true)
        {
            TaskCompletionSource<TKey?> turn;
            lock (_lock)
            {
                if (_shutDown)
                    return (false, default);
                if (TryTake(out var key))
                    return (true, key);
                turn = new(TaskCreationOptions.RunContinuationsAsynchronously);
                _idle.Enqueue(turn);
            }
            await using (
                ct.UnsafeRegister(
                    static (t, c) => ((TaskCompletionSource<TKey?>)t!).TrySetCanceled(c),
                    turn
                )
            )
                await turn.Task;
        }
    }

    /// <summary>The work on a key that <see cref="GetAsync"/> returned has ended, well or not.</summary>
    public void Done(TKey key)
    {
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var entry) || !entry.Processing)
                throw new InvalidOperationException($"{key} is not being worked on");
            entry.Processing = false;
            _metrics.Worked(_time.GetElapsedTime(entry.StartedAt));
            if (entry.Dirty)
                Enqueue(key, entry);
            else
                _entries.Remove(key);
        }
    }

    /// <summary>No more keys are taken or handed out; those who wait for one are told.</summary>
    public void ShutDown()
    {
        lock (_lock)
        {
            _shutDown = true;
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            while (_idle.TryDequeue(out var turn))
                turn.TrySetResult(default);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ShutDown();
        _timer.Dispose();
        _metrics.Dispose();
    }

    private void AddLocked(TKey key, Priority priority)
    {
        if (_shutDown)
            return;
        if (!_entries.TryGetValue(key, out var entry))
            _entries[key] = entry = new();
        if (entry.Dirty)
        {
            if (priority >= entry.Priority)
                return;
            entry.Priority = priority;
            if (!entry.Processing)
            {
                // It moves to the better line; its old place there is skipped, since the ticket is another.
                _waiting--;
                Line(key, entry);
            }
            return;
        }
        _metrics.Added();
        entry.Dirty = true;
        entry.Priority = priority;
        entry.AddedAt = _time.GetTimestamp();
        if (!entry.Processing)
            Enqueue(key, entry);
    }

    private void Enqueue(TKey key, Entry entry)
    {
        Line(key, entry);
        while (_idle.TryDequeue(out var turn))
            if (turn.TrySetResult(default))
                break;
    }

    private void Line(TKey key, Entry entry)
    {
        entry.Ticket = ++_tickets;
        _lines[(int)entry.Priority].Enqueue((key, entry.Ticket));
        _waiting++;
    }

    private bool TryTake([MaybeNullWhen(false)] out TKey key)
    {
        foreach (var line in _lines)
            while (line.TryDequeue(out var next))
            {
                if (!_entries.TryGetValue(next.Key, out var entry) || entry.Ticket != next.Ticket)
                    continue;
                entry.Dirty = false;
                entry.Processing = true;
                entry.StartedAt = _time.GetTimestamp();
                _waiting--;
                _metrics.Waited(_time.GetElapsedTime(entry.AddedAt));
                key = next.Key;
                return true;
            }
        key = default;
        return false;
    }

    private void AddDue()
    {
        lock (_lock)
        {
            var now = _time.GetElapsedTime(_origin).Ticks;
            while (_later.TryPeek(out var key, out var due) && due <= now)
            {
                _later.Dequeue();
                // An earlier time was asked for since: this one is void.
                if (!_laterDue.TryGetValue(key, out var counts) || counts != due)
                    continue;
                _laterDue.Remove(key);
                AddLocked(key, Priority.Normal);
            }
            Arm();
        }
    }

    private void Arm()
    {
        if (!_later.TryPeek(out _, out var due) || _shutDown)
            return;
        var wait = TimeSpan.FromTicks(due) - _time.GetElapsedTime(_origin);
        // Whole milliseconds upwards: a timer that fires early finds nothing due.
        var ms = Math.Clamp(Math.Ceiling(wait.TotalMilliseconds), 1, int.MaxValue);
        _timer.Change(TimeSpan.FromMilliseconds(ms), Timeout.InfiniteTimeSpan);
    }

    private TimeSpan LongestRunning()
    {
        lock (_lock)
            return _entries
                .Values.Where(e => e.Processing)
                .Select(e => _time.GetElapsedTime(e.StartedAt))
                .DefaultIfEmpty()
                .Max();
    }
}
