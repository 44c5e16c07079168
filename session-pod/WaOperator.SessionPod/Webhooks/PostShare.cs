using System.Collections.Concurrent;

namespace WaOperator.SessionPod.Webhooks;

/// <summary>An amount of something that all webhooks of a pod, or of a tenant there, share.</summary>
/// <param name="total">How much there is.</param>
/// <param name="whole">What it is a part of: what is taken is taken from there as well.</param>
internal sealed class PostShare(long total, PostShare? whole = null)
{
    private long _left = total;

    /// <summary>Takes some; false: there is not that much left.</summary>
    public bool TryTake(long amount)
    {
        if (Interlocked.Add(ref _left, -amount) >= 0 && (whole is null || whole.TryTake(amount)))
            return true;
        Interlocked.Add(ref _left, amount);
        return false;
    }

    /// <summary>Gives some back.</summary>
    public void Give(long amount)
    {
        Interlocked.Add(ref _left, amount);
        whole?.Give(amount);
    }
}

/// <summary>What a tenant's webhooks may have of a pod: half at most, so that one tenant's slow endpoints leave something to others.</summary>
/// <param name="posts">Posts at once of the pod.</param>
/// <param name="bytes">Bytes of journals at once of the pod.</param>
internal sealed class TenantShares(long posts, long bytes)
{
    private readonly PostShare _posts = new(posts);
    private readonly PostShare _bytes = new(bytes);
    private readonly ConcurrentDictionary<long, (PostShare Posts, PostShare Bytes)> _tenants = [];

    /// <summary>A tenant's.</summary>
    public (PostShare Posts, PostShare Bytes) Of(long tenant) =>
        _tenants.GetOrAdd(tenant, _ => (new(posts / 2, _posts), new(bytes / 2, _bytes)));
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
