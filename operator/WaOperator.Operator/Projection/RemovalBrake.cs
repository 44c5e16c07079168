using WaOperator.Operator.Options;

namespace WaOperator.Operator.Projection;

/// <summary>
/// Lets sessions go until too many would within a while; from then on each one that is to go waits until the administrator has
/// said so, or its resource is back.
/// </summary>
/// <param name="limits">What is too many.</param>
/// <param name="isAllowed">Whether the administrator allows removals now.</param>
/// <param name="time">The clock.</param>
internal sealed class RemovalBrake(
    OperatorOptions.RemovalOptions limits,
    Func<CancellationToken, Task<bool>> isAllowed,
    TimeProvider time
)
{
    private readonly HashSet<string> _free = new(StringComparer.Ordinal);
    private readonly HashSet<string> _held = new(StringComparer.Ordinal);
    private readonly Queue<long> _gone = new();

    /// <summary>How many wait for the word.</summary>
    public int Held => _held.Count;

    /// <summary>The session is not to go, or has gone.</summary>
    public void Forget(string uid)
    {
        _held.Remove(uid);
        _free.Remove(uid);
    }

    /// <summary>Decides about sessions that are to go.</summary>
    /// <param name="going">Their UIDs; those that were let go before are not counted again.</param>
    /// <param name="known">How many sessions are stored now, these among them.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Those that wait.</returns>
    public async Task<IReadOnlySet<string>> HoldAsync(
        IEnumerable<string> going,
        int known,
        CancellationToken ct
    )
    {
        var asked = going.Where(u => !_free.Contains(u)).ToHashSet(StringComparer.Ordinal);
        if (asked.Count == 0)
            return asked;
        while (
            _gone.TryPeek(out var oldest)
            && time.GetElapsedTime(oldest) > TimeSpan.FromMinutes(limits.Minutes)
        )
            _gone.Dequeue();
        var braking =
            _held.Count > 0 || IsTooMany(asked.Count + _gone.Count, known + _gone.Count, limits);
        if (braking && !await isAllowed(ct))
        {
            _held.UnionWith(asked);
            return asked;
        }
        _held.ExceptWith(asked);
        _free.UnionWith(asked);
        // What goes by the administrator's word does not bring the next one to a halt.
        if (!braking)
            foreach (var _ in asked)
                _gone.Enqueue(time.GetTimestamp());
        return new HashSet<string>();
    }

    /// <summary>Whether that many of that many are more than both limits.</summary>
    public static bool IsTooMany(int going, int known, OperatorOptions.RemovalOptions limits) =>
        going > limits.Sessions && going * 100L > (long)known * limits.Percent;
}
