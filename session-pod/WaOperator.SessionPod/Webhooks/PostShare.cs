using WaOperator.Api;

namespace WaOperator.SessionPod.Webhooks;

/// <summary>What a tenant's webhooks have of something that all webhooks of a pod share.</summary>
/// <param name="all">What there is, in all and for one tenant.</param>
/// <param name="tenant">The tenant.</param>
internal sealed class PostShare(TenantShares all, long tenant)
{
    /// <summary>Takes some; false: there is not that much left.</summary>
    public bool TryTake(long amount) => all.TryEnter(tenant, amount) == Shortage.None;

    /// <summary>Gives some back.</summary>
    public void Give(long amount)
    {
        if (amount > 0)
            all.Leave(tenant, amount);
    }
}

/// <summary>
/// The posts that a webhook makes at once: up to its own limit, and from the second on up to what is left of its tenant's. The first
/// needs nothing of that, so that endpoints which take their time never keep others waiting.
/// </summary>
/// <param name="most">Its own limit.</param>
/// <param name="shared">Posts at once of its tenant.</param>
internal sealed class PostSlots(int most, PostShare shared)
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
                shared.Give(1);
            }
            // One for what was given back, and one for what others may have given back. None gives up but at the tenure's end.
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
            if (!shared.TryTake(1))
                return false;
            _taken++;
        }
        _inFlight++;
        return true;
    }
}
