namespace WaOperator.Operator.Pools;

/// <summary>
/// Names of what a pool owns. A pool's name has at most 40 characters, so that the pods' names and their revision labels
/// stay within 63.
/// </summary>
public static class PoolNames
{
    /// <summary>Of the StatefulSet, the headless Service and the PodDisruptionBudget.</summary>
    public static string Workload(string pool) => $"wa-{pool}";

    /// <summary>Of the pod of an ordinal.</summary>
    public static string Pod(string pool, int ordinal) => $"{Workload(pool)}-{ordinal}";
}
