namespace WaOperator.SessionPod.Webhooks;

/// <summary>How many test events of a tenant a pod posts: one at a time, and so many a minute. Those that rest are forgotten.</summary>
internal sealed class WebhookTestShares(TimeProvider time)
{
    /// <summary>Tests of a tenant in a minute.</summary>
    public const int EachMinute = 6;

    private static readonly TimeSpan Span = TimeSpan.FromMinutes(1);
    private readonly Lock _turn = new();
    private readonly Dictionary<long, Share> _tenants = [];

    private sealed class Share
    {
        public Queue<long> Begun { get; } = [];

        public bool Busy { get; set; }
    }

    /// <summary>Takes a turn; give it back with <see cref="Leave"/>.</summary>
    /// <param name="tenant">Whose.</param>
    /// <param name="wait">When to try again.</param>
    /// <returns>Null, or why there is none.</returns>
    public string? Enter(long tenant, out TimeSpan wait)
    {
        lock (_turn)
        {
            foreach (var (other, rests) in _tenants)
                if (Trim(rests) && !rests.Busy)
                    _tenants.Remove(other);
            if (!_tenants.TryGetValue(tenant, out var share))
                _tenants[tenant] = share = new();
            wait = TimeSpan.FromSeconds(1);
            if (share.Busy)
                return "the tenant has a test under way on this pod; wait for its answer";
            if (share.Begun.Count >= EachMinute)
            {
                wait = Span - time.GetElapsedTime(share.Begun.Peek());
                return $"the tenant had {EachMinute} tests within a minute on this pod, as many as one may have";
            }
            share.Begun.Enqueue(time.GetTimestamp());
            share.Busy = true;
            return null;
        }
    }

    /// <summary>The test has its answer.</summary>
    public void Leave(long tenant)
    {
        lock (_turn)
            _tenants[tenant].Busy = false;
    }

    /// <returns>Whether none is left that counts.</returns>
    private bool Trim(Share share)
    {
        while (share.Begun.TryPeek(out var at) && time.GetElapsedTime(at) >= Span)
            share.Begun.Dequeue();
        return share.Begun.Count == 0;
    }
}
