namespace WaOperator.Api;

/// <summary>
/// How often keys that are not known may be looked up in PostgreSQL: a client that tries keys costs a look-up now and then, not one a
/// request. Token buckets, one for each remote address and one for all.
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

    /// <summary>Takes a look-up for an address.</summary>
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
            _addresses[address] = granted ? own with { Tokens = own.Tokens - 1 } : own;
            return granted;
        }
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
        new(
            Math.Min(
                burst,
                bucket.Tokens + perSecond * time.GetElapsedTime(bucket.At, now).TotalSeconds
            ),
            now
        );

    private readonly record struct Bucket(double Tokens, long At);
}
