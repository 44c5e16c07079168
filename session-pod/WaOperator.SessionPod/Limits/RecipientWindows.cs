using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Limits;

/// <summary>
/// What a tenant's sessions on this pod sent to each recipient in the last minute. Holds no more than was sent in about that time. Not for
/// several threads.
/// </summary>
internal sealed class RecipientWindows
{
    private readonly Dictionary<RecordName, SlidingWindow> _windows = [];
    private long _swept;

    /// <summary>Recipients that are remembered.</summary>
    public int Count => _windows.Count;

    /// <inheritdoc cref="SlidingWindow.Held"/>
    public int Held(RecordName recipient, long now) =>
        _windows.GetValueOrDefault(recipient)?.Held(now) ?? 0;

    /// <inheritdoc cref="SlidingWindow.Wait"/>
    public TimeSpan Wait(RecordName recipient, long now, int limit) =>
        _windows.GetValueOrDefault(recipient)?.Wait(now, limit) ?? TimeSpan.Zero;

    /// <summary>Counts one message.</summary>
    public void Add(RecordName recipient, long now)
    {
        if (now - _swept > SlidingWindow.Length)
        {
            _swept = now;
            foreach (var (name, old) in _windows)
                if (old.Held(now) == 0)
                    _windows.Remove(name);
        }
        if (!_windows.TryGetValue(recipient, out var window))
            _windows.Add(recipient, window = new());
        window.Add(now, 1);
    }
}
