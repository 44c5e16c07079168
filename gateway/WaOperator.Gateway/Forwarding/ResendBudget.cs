namespace WaOperator.Gateway.Forwarding;

/// <summary>
/// How many requests may be sent a second time after a pod was lost: a share of all requests, so that a fault does not double the load of
/// those that are left. A few are granted to a gateway that has little to do.
/// </summary>
/// <param name="percent">Of a hundred requests.</param>
internal sealed class ResendBudget(int percent)
{
    /// <summary>What a gateway without load is granted at once.</summary>
    public const int Least = 10;

    // In hundredths of a resend.
    private readonly int _most = 100 * Math.Max(Least, 10 * percent);
    private int _left = percent == 0 ? 0 : 100 * Least;

    /// <summary>A request came in.</summary>
    public void Earn()
    {
        if (Volatile.Read(ref _left) < _most)
            Interlocked.Add(ref _left, percent);
    }

    /// <summary>Takes a resend.</summary>
    public bool TryTake()
    {
        if (Interlocked.Add(ref _left, -100) >= 0)
            return true;
        Interlocked.Add(ref _left, 100);
        return false;
    }
}
