namespace WaOperator.SessionPod.Webhooks;

/// <summary>An amount of something that all webhooks of a pod share.</summary>
/// <param name="total">How much there is.</param>
internal sealed class PostShare(long total)
{
    private long _left = total;

    /// <summary>Takes some; false: there is not that much left.</summary>
    public bool TryTake(long amount)
    {
        if (Interlocked.Add(ref _left, -amount) >= 0)
            return true;
        Interlocked.Add(ref _left, amount);
        return false;
    }

    /// <summary>Gives some back.</summary>
    public void Give(long amount) => Interlocked.Add(ref _left, amount);
}

/// <summary>
/// The posts that a webhook makes at once: up to its own limit, and from the second on up to what is left of the pod's. The first
/// needs nothing of the pod's, so that endpoints which take their time never keep others waiting.
/// </summary>
/// <param name="most">Its own limit.</param>
/// <param name="pod">Posts at once of the pod.</param>
internal sealed class PostSlots(int most, PostShare pod)
{
    private readonly Lock _turn = new();
    private readonly Queue<TaskCompletionSource> _waiting = [];
    private int _inFlight;
    private int _taken;

    /// <summary>Waits for a slot, to be given back by <see cref="Leave"/>.</summary>
    public async ValueTask EnterAsync(CancellationToken ct)
    {
        while (true)
        {
            TaskCompletionSource freed;
            lock (_turn)
            {
                ct.ThrowIfCancellationRequested();
                if (TryEnter())
                    return;
                _waiting.Enqueue(freed = new(TaskCreationOptions.RunContinuationsAsynchronously));
            }
            await freed.Task.WaitAsync(ct);
        }
    }

    /// <summary>Gives a slot back.</summary>
    public void Leave()
    {
        lock (_turn)
        {
            _inFlight--;
            if (_taken > 0)
            {
                _taken--;
                pod.Give(1);
            }
            // One for what was given back, and one for what others may have given back to the pod. None gives up but at the tenure's end.
            for (var i = 0; i < 2 && _waiting.TryDequeue(out var next); i++)
                next.TrySetResult();
        }
    }

    private bool TryEnter()
    {
        if (_inFlight >= most)
            return false;
        if (_inFlight > 0)
        {
            if (!pod.TryTake(1))
                return false;
            _taken++;
        }
        _inFlight++;
        return true;
    }
}
