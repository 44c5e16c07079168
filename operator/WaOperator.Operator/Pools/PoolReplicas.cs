namespace WaOperator.Operator.Pools;

/// <summary>How many pods a pool's StatefulSet should have now: a pure function.</summary>
internal static class PoolReplicas
{
    /// <summary>
    /// Grows at once. Shrinks from the top, and never below a shard that still has a session, placed there or owned.
    /// </summary>
    /// <param name="current">Replicas now.</param>
    /// <param name="wanted">Replicas declared.</param>
    /// <param name="inUse">Ordinals on which a session is placed or owned.</param>
    public static int Decide(int current, int wanted, IEnumerable<int> inUse) =>
        wanted >= current
            ? wanted
            : Math.Max(
                wanted,
                inUse.Where(ordinal => ordinal < current).Select(o => o + 1).DefaultIfEmpty(0).Max()
            );
}
