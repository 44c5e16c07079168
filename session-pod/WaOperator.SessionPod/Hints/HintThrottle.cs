namespace WaOperator.SessionPod.Hints;

/// <summary>Lets a hint through at once and then at most one each interval: a storm of commits is one hint.</summary>
internal sealed class HintThrottle(Action send, TimeSpan interval, TimeProvider time) : IDisposable
{
    private readonly Lock state = new();
    private ITimer? timer;
    private bool quiet;
    private bool wanted;

    /// <summary>Something changed.</summary>
    public void Hint()
    {
        lock (state)
        {
            if (quiet)
            {
                wanted = true;
                return;
            }
            Begin();
        }
        send();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (state)
            timer?.Dispose();
    }

    private void Begin()
    {
        quiet = true;
        timer ??= time.CreateTimer(
            static self => ((HintThrottle)self!).Over(),
            this,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
        timer.Change(interval, Timeout.InfiniteTimeSpan);
    }

    private void Over()
    {
        lock (state)
        {
            quiet = false;
            if (!wanted)
                return;
            wanted = false;
            Begin();
        }
        send();
    }
}
