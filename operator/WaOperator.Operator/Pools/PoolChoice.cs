using WaOperator.Resources;

namespace WaOperator.Operator.Pools;

/// <summary>Which pool serves a session.</summary>
public static class PoolChoice
{
    /// <summary>
    /// The pool of that name: the one that the session is in already as long as it is there and serves it, being deleted and
    /// invalid too; else the one of the own namespace, else the oldest elsewhere that serves it and may. A pool that is being
    /// deleted or is invalid takes no new ones.
    /// </summary>
    /// <param name="ns">Namespace of the session.</param>
    /// <param name="name">The pool's name as the session says it.</param>
    /// <param name="current">UID of the pool that it is in, if any.</param>
    /// <param name="pools">All pools of that name.</param>
    /// <param name="isShared">Whether the administrator lets the pool serve other namespaces than its own.</param>
    public static WhatsAppSessionPool? For(
        string ns,
        string name,
        string? current,
        IEnumerable<WhatsAppSessionPool> pools,
        Func<WhatsAppSessionPool, bool> isShared
    )
    {
        var serving = pools
            .Where(p => p.Metadata.Name == name && p.Spec.Serves(p.Metadata.Namespace ?? "", ns))
            .Where(p => p.Metadata.Namespace == ns || isShared(p))
            .ToList();
        if (current is not null && serving.Find(p => p.Metadata.Uid == current) is { } present)
            return present;
        return serving
            .Where(p => !p.Metadata.IsBeingDeleted && Validity.Of(p).Count == 0)
            .OrderByDescending(p => p.Metadata.Namespace == ns)
            .ThenBy(p => p.Metadata.CreationTimestamp)
            .ThenBy(p => p.Metadata.Uid, StringComparer.Ordinal)
            .FirstOrDefault();
    }
}
