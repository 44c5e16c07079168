namespace WaOperator.WhatsApp.Timing;

/// <summary>
/// All time-outs of all sessions on one timer. Arming and disarming cost a few pointer writes; a time-out comes up to
/// two ticks (200 ms) late and never early.
/// </summary>
internal sealed class TimerWheel : IDisposable
{
    private const int Slots = 1024;
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private readonly WheelEntry?[] _heads = new WheelEntry?[Slots];
    private long _current;

    public TimerWheel(TimeProvider time)
    {
        _time = time;
        _start = time.GetTimestamp();
        _timer = time.CreateTimer(static state => ((TimerWheel)state!).Turn(), this, Tick, Tick);
    }

    /// <summary>Arms an entry, or moves it if it is armed.</summary>
    public void Arm(WheelEntry entry, TimeSpan due)
    {
        lock (_lock)
        {
            Unlink(entry);
            var ticks = (Elapsed + due).Ticks / Tick.Ticks + 1;
            entry.DueTick = Math.Max(ticks, _current + 1);
            ref var head = ref _heads[entry.DueTick % Slots];
            entry.Next = head;
            entry.Previous = null;
            if (head is not null)
                head.Previous = entry;
            head = entry;
            entry.Armed = true;
        }
    }

    /// <summary>Takes an entry out. It may be running at this moment.</summary>
    public void Disarm(WheelEntry entry)
    {
        lock (_lock)
            Unlink(entry);
    }

    /// <summary>Waits.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task DelayAsync(TimeSpan time, CancellationToken ct)
    {
        var delay = new Delay();
        Arm(delay, time);
        try
        {
            await delay.Task.WaitAsync(ct);
        }
        finally
        {
            Disarm(delay);
        }
    }

    public void Dispose() => _timer.Dispose();

    private TimeSpan Elapsed => _time.GetElapsedTime(_start);

    private void Turn()
    {
        List<WheelEntry>? due = null;
        lock (_lock)
        {
            var target = Elapsed.Ticks / Tick.Ticks;
            // After a long pause one round visits every slot.
            _current = Math.Max(_current, target - Slots);
            while (_current < target)
            {
                _current++;
                for (var entry = _heads[_current % Slots]; entry is not null; )
                {
                    var next = entry.Next;
                    if (entry.DueTick <= target)
                    {
                        Unlink(entry);
                        (due ??= []).Add(entry);
                    }
                    entry = next;
                }
            }
        }
        foreach (var entry in due ?? [])
            entry.Due();
    }

    private void Unlink(WheelEntry entry)
    {
        if (!entry.Armed)
            return;
        if (entry.Previous is { } previous)
            previous.Next = entry.Next;
        else
            _heads[entry.DueTick % Slots] = entry.Next;
        if (entry.Next is { } next)
            next.Previous = entry.Previous;
        entry.Next = entry.Previous = null;
        entry.Armed = false;
    }

    private sealed class Delay : WheelEntry
    {
        private readonly TaskCompletionSource _done = new(
            TaskCreationOptions.RunContinuationsAsynchronously
        );

        public Task Task => _done.Task;

        protected internal override void Due() => _done.TrySetResult();
    }
}

/// <summary>Something that can be due on a <see cref="TimerWheel"/>; at most on one.</summary>
internal abstract class WheelEntry
{
    internal long DueTick;
    internal WheelEntry? Next;
    internal WheelEntry? Previous;
    internal bool Armed;

    /// <summary>Runs on the wheel's timer, outside its lock: must only start work, never do it.</summary>
    protected internal abstract void Due();
}
