using System.Globalization;

namespace WaOperator.Domain;

/// <summary>
/// Names of what a pool owns, which pods read their ordinal and each other's addresses from. A pool's name has at most 40 characters, so
/// that the pods' names and their revision labels stay within 63.
/// </summary>
public static class PoolNames
{
    /// <summary>Of the StatefulSet, the headless Service and the PodDisruptionBudget.</summary>
    public static string Workload(string pool) => $"wa-{pool}";

    /// <summary>Of the pod of an ordinal: a StatefulSet's name and the ordinal.</summary>
    public static string Pod(string pool, int ordinal) => $"{Workload(pool)}-{ordinal}";

    /// <summary>The ordinal of a pod; null if this is no name that a StatefulSet gives.</summary>
    public static int? OrdinalOf(string pod) =>
        pod.LastIndexOf('-') is >= 0 and var dash
        && int.TryParse(
            pod.AsSpan(dash + 1),
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var ordinal
        )
            ? ordinal
            : null;

    /// <summary>A pod's host name, which the headless Service gives it. It is named as the pod's StatefulSet.</summary>
    public static string HostOf(string pod, string ns) =>
        $"{pod}.{pod[..Math.Max(0, pod.LastIndexOf('-'))]}.{ns}.svc";
}
