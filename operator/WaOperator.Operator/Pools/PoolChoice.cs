using WaOperator.Resources;

namespace WaOperator.Operator.Pools;

/// <summary>Which pool serves a session.</summary>
public static class PoolChoice
{
    /// <summary>
    /// The pool of that name: the one that the session is in already as long as it serves it, else the one of the own
    /// namespace, else the oldest elsewhere that serves it. A pool that is being deleted or is invalid takes no new ones.
    /// </summary>
    /// <param name="ns">Namespace of the session.</param>
    /// <param name="name">The pool's name as the session says it.</param>
    /// <param name="current">UID of the pool that it is in, if any.</param>
    /// <param name="pools">All pools of that name.</param>
    public static WhatsAppSessionPool? For(
        string ns,
        string name,
        string? current,
        IEnumerable<WhatsAppSessionPool> pools
    )
    {
        var serving = pools
            .Where(p => p.Metadata.Name == name && p.Spec.Serves(p.Metadata.Namespace ?? "", ns))
            .ToList();
        var open = serving.Where(p => !p.Metadata.IsBeingDeleted && Validity.Of(p).Count == 0);
        var best = open.OrderByDescending(p => p.Metadata.Uid == current)
            .ThenByDescending(p => p.Metadata.Namespace == ns)
            .ThenBy(p => p.Metadata.CreationTimestamp)
            .ThenBy(p => p.Metadata.Uid, StringComparer.Ordinal)
            .FirstOrDefault();
        return best ?? serving.Find(p => p.Metadata.Uid == current);
    }
}
