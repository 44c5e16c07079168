using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Timing;

namespace WaOperator.WhatsApp.Receiving;

/// <summary>
/// How much key derivation the messages of others may cause in a session: each account in each chat, and all together. What
/// a message costs up to <see cref="WorkMeter.Free"/> is never refused, so no account can use up what others need for ordinary ones.
/// </summary>
internal sealed class WorkBudget(TimeProvider time)
{
    /// <summary>For one account in one chat: the largest gap there may be, twice; then a gap of a hundred messages a second.</summary>
    public const int Burst = 4 * (SenderKeyRecord.MaxAhead + 1);
    public const int PerSecond = 200;

    /// <summary>For all together: about half a second of processor time at once, and two thousandths of it over time.</summary>
    public const int BurstOfAll = 3 * Burst;
    public const int PerSecondOfAll = 2_000;

    private const int MaxRemembered = 1_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<(Jid Account, Jid Chat), TokenBucket> _buckets = [];
    private readonly TokenBucket _all = new(BurstOfAll, PerSecondOfAll, time);

    /// <summary>The meter of one message.</summary>
    public WorkMeter For(Jid sender, Jid chat) =>
        new(steps => TryPay((sender.Account, chat.Account), steps));

    private bool TryPay((Jid, Jid) who, int steps)
    {
        lock (_lock)
        {
            var bucket = BucketOf(who);
            if (bucket?.Has(steps) == false || !_all.Has(steps))
                return false;
            bucket?.Take(steps);
            _all.Take(steps);
            return true;
        }
    }

    /// <summary>Null while too many others owe something: then what all have together is the bound.</summary>
    private TokenBucket? BucketOf((Jid, Jid) who)
    {
        if (_buckets.TryGetValue(who, out var bucket))
            return bucket;
        if (_buckets.Count >= MaxRemembered)
        {
            foreach (var (key, old) in _buckets)
            {
                if (old.IsFull)
                    _buckets.Remove(key);
            }
        }
        if (_buckets.Count >= MaxRemembered)
            return null;
        return _buckets[who] = new(Burst, PerSecond, time);
    }
}
