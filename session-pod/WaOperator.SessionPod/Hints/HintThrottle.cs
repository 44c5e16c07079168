namespace WaOperator.SessionPod.Hints;

/// <summary>Lets a hint through at once and then at most one each interval: a storm of commits is one hint.</summary>
internal sealed class HintThrottle(Action send, TimeSpan interval, TimeProvider time) : IDisposable
{
    private readonly Lock _state = new();
    private ITimer? _timer;
    private bool _quiet;
    private bool _wanted;

    /// <summary>Something changed.</summary>
    public void Hint()
    {
        lock (_state)
        {
            if (_quiet)
            {
                _wanted = true;
                return;
            }
            Begin();
        }
        send();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_state)
            _timer?.Dispose();
    }

    private void Begin()
    {
        _quiet = true;
        _timer ??= time.CreateTimer(
            static self => ((HintThrottle)self!).Over(),
            this,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
        _timer.Change(interval, Timeout.InfiniteTimeSpan);
    }

    private void Over()
    {
        lock (_state)
        {
            _quiet = false;
            if (!_wanted)
                return;
            _wanted = false;
            Begin();
        }
        send();
    }
}
