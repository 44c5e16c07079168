namespace WaOperator.Api;

/// <summary>
/// How often what may be made up, a key or a link, is looked up in PostgreSQL: a client that tries them out costs a look-up now and then,
/// not one a request. Token buckets, one for each remote address and one for all. What proves good gives its token back: behind a gateway
/// or an ingress all clients have one address.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="rates">How many; those of keys and links if left out.</param>
internal sealed class LookUpBudget(TimeProvider time, LookUpRates? rates = null)
{
    /// <summary>Look-ups at once for one address.</summary>
    public const int Burst = 20;

    /// <summary>Look-ups at once in all.</summary>
    public const int BurstOfAll = 500;

    private const int MaxAddresses = 4096;
    private readonly LookUpRates _rates = rates ?? new(Burst, 1, BurstOfAll, 50);
    private readonly Lock _turn = new();
    private readonly Dictionary<UInt128, Bucket> _addresses = [];
    private Bucket _everybody = new(rates?.BurstOfAll ?? BurstOfAll, time.GetTimestamp());
    private TaskCompletionSource? _nextEnd;

    /// <summary>Takes a look-up for an address; to be settled with <see cref="Settle"/>.</summary>
    public bool TryTake(UInt128 address)
    {
        var now = time.GetTimestamp();
        lock (_turn)
        {
            _everybody = Refill(_everybody, now, _rates.PerSecondOfAll, _rates.BurstOfAll);
            if (_addresses.Count >= MaxAddresses && !_addresses.ContainsKey(address))
                Forget(now);
            var own = Refill(
                _addresses.GetValueOrDefault(address, new(_rates.Burst, now)),
                now,
                _rates.PerSecond,
                _rates.Burst
            );
            var granted = own.Tokens >= 1 && _everybody.Tokens >= 1;
            if (granted)
                _everybody = _everybody with { Tokens = _everybody.Tokens - 1 };
            _addresses[address] = granted
                ? own with
                {
                    Tokens = own.Tokens - 1,
                    Open = own.Open + 1,
                }
                : own;
            return granted;
        }
    }

    /// <summary>
    /// Takes a look-up for an address. If there is none, it waits for those of the address that are under way: they may prove good, and give
    /// theirs back.
    /// </summary>
    /// <returns>False: the budget is spent on what was not good.</returns>
    public async ValueTask<bool> TakeAsync(UInt128 address, CancellationToken ct)
    {
        while (true)
        {
            Task turn;
            lock (_turn)
            {
                if (TryTake(address))
                    return true;
                if (!IsAsking(address))
                    return false;
                _nextEnd ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
                turn = _nextEnd.Task;
            }
            await turn.WaitAsync(ct);
        }
    }

    /// <summary>A look-up has ended.</summary>
    /// <param name="address">For which it was taken.</param>
    /// <param name="good">What was looked up is good, and costs nothing.</param>
    public void Settle(UInt128 address, bool good)
    {
        lock (_turn)
        {
            // One that was forgotten meanwhile has all its tokens.
            if (_addresses.TryGetValue(address, out var own))
                _addresses[address] = own with
                {
                    Tokens = good ? Math.Min(_rates.Burst, own.Tokens + 1) : own.Tokens,
                    Open = Math.Max(0, own.Open - 1),
                };
            if (good)
                _everybody = _everybody with
                {
                    Tokens = Math.Min(_rates.BurstOfAll, _everybody.Tokens + 1),
                };
            _nextEnd?.SetResult();
            _nextEnd = null;
        }
    }

    /// <summary>Whether a look-up of the address is under way, which may give its token back.</summary>
    public bool IsAsking(UInt128 address)
    {
        lock (_turn)
            return _addresses.TryGetValue(address, out var own) && own.Open > 0;
    }

    // An address whose bucket is full again is as good as a new one.
    private void Forget(long now)
    {
        foreach (var (address, bucket) in _addresses.ToArray())
            if (Refill(bucket, now, _rates.PerSecond, _rates.Burst).Tokens >= _rates.Burst)
                _addresses.Remove(address);
        if (_addresses.Count >= MaxAddresses)
            _addresses.Clear();
    }

    private Bucket Refill(Bucket bucket, long now, double perSecond, double burst) =>
        bucket with
        {
            Tokens = Math.Min(
                burst,
                bucket.Tokens + perSecond * time.GetElapsedTime(bucket.At, now).TotalSeconds
            ),
            At = now,
        };

    private readonly record struct Bucket(double Tokens, long At, int Open = 0);
}

/// <summary>How many look-ups there may be.</summary>
/// <param name="Burst">At once for one address.</param>
/// <param name="PerSecond">And then of one address.</param>
/// <param name="BurstOfAll">At once in all.</param>
/// <param name="PerSecondOfAll">And then in all.</param>
internal sealed record LookUpRates(
    int Burst,
    double PerSecond,
    int BurstOfAll,
    double PerSecondOfAll
);
