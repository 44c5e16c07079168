using System.Collections.Concurrent;

namespace WaOperator.Gateway.Forwarding;

/// <summary>How many requests each pod is given at once: one that hangs holds no more of the gateway than that.</summary>
/// <param name="most">Of one pod.</param>
internal sealed class PodShares(int most)
{
    private readonly ConcurrentDictionary<string, int> _held = new(StringComparer.Ordinal);

    /// <summary>Takes a place; give it back with <see cref="Leave"/>.</summary>
    public bool TryEnter(string pod)
    {
        if (_held.AddOrUpdate(pod, 1, (_, n) => n + 1) <= most)
            return true;
        Leave(pod);
        return false;
    }

    /// <summary>Gives the place back.</summary>
    public void Leave(string pod)
    {
        if (_held.AddOrUpdate(pod, 0, (_, n) => n - 1) <= 0)
            _held.TryRemove(new(pod, 0));
    }
}
