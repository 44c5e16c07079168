namespace WaOperator.Api;

/// <summary>
/// How often what may be made up, a key or a link, is looked up in PostgreSQL: a client that tries them out costs a look-up now and then,
/// not one a request. Token buckets, one for each remote address and one for all. What proves good gives its token back: behind a gateway
/// or an ingress all clients have one address.
/// </summary>
internal sealed class LookUpBudget(TimeProvider time)
{
    /// <summary>Look-ups at once for one address.</summary>
    public const int Burst = 20;

    /// <summary>Look-ups at once in all.</summary>
    public const int BurstOfAll = 500;

    private const double PerSecond = 1;
    private const double PerSecondOfAll = 50;
    private const int MaxAddresses = 4096;
    private readonly Lock _turn = new();
    private readonly Dictionary<UInt128, Bucket> _addresses = [];
    private Bucket _everybody = new(BurstOfAll, time.GetTimestamp());

    /// <summary>Takes a look-up for an address; to be settled with <see cref="Settle"/>.</summary>
    public bool TryTake(UInt128 address)
    {
        var now = time.GetTimestamp();
        lock (_turn)
        {
            _everybody = Refill(_everybody, now, PerSecondOfAll, BurstOfAll);
            if (_addresses.Count >= MaxAddresses && !_addresses.ContainsKey(address))
                Forget(now);
            var own = Refill(
                _addresses.GetValueOrDefault(address, new(Burst, now)),
                now,
                PerSecond,
                Burst
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
                    Tokens = good ? Math.Min(Burst, own.Tokens + 1) : own.Tokens,
                    Open = Math.Max(0, own.Open - 1),
                };
            if (good)
                _everybody = _everybody with
                {
                    Tokens = Math.Min(BurstOfAll, _everybody.Tokens + 1),
                };
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
            if (Refill(bucket, now, PerSecond, Burst).Tokens >= Burst)
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
