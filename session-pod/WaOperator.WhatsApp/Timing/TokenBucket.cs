namespace WaOperator.WhatsApp.Timing;

/// <summary>So much at once, and so much a second over time. Not for several threads at once.</summary>
internal sealed class TokenBucket(double most, double perSecond, TimeProvider time)
{
    private double _spent;
    private long _at = time.GetTimestamp();

    /// <summary>True if nothing is owed any more: such a bucket can be forgotten.</summary>
    public bool IsFull => Refill() <= 0;

    /// <summary>Whether there is so much.</summary>
    public bool Has(double wanted) => most - Refill() >= wanted;

    public void Take(double amount) => _spent = Refill() + amount;

    private double Refill()
    {
        var elapsed = time.GetElapsedTime(_at).TotalSeconds;
        _at = time.GetTimestamp();
        return _spent = Math.Max(0, _spent - elapsed * perSecond);
    }
}
