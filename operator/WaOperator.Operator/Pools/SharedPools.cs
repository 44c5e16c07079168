using WaOperator.Resources;

namespace WaOperator.Operator.Pools;

/// <summary>
/// The pools that may serve sessions of other namespaces, by the administrator's word: who runs a session's pod has its keys, so
/// what a pool says of itself is not enough. Every pool may serve its own namespace.
/// </summary>
/// <param name="own">The operator's namespace, whose pools are the administrator's own.</param>
/// <param name="listed">More of them: a namespace, or namespace/name.</param>
internal sealed class SharedPools(string own, IEnumerable<string> listed)
{
    private readonly HashSet<string> _listed = new([own, .. listed], StringComparer.Ordinal);

    /// <summary>Whether the pool may.</summary>
    public bool Has(WhatsAppSessionPool pool) =>
        _listed.Contains(pool.Metadata.Namespace ?? "")
        || _listed.Contains($"{pool.Metadata.Namespace}/{pool.Metadata.Name}");

    /// <summary>What a person must see to: the pool offers itself to other namespaces and may not serve them.</summary>
    public string? WhyNot(WhatsAppSessionPool pool) =>
        pool.Spec.ServedNamespaces?.Any(n => n != pool.Metadata.Namespace) == true && !Has(pool)
            ? $"servedNamespaces names other namespaces, and this pool may serve its own alone: have the administrator add {pool.Metadata.Namespace}/{pool.Metadata.Name} to the operator's WA__SharedPools (chart: sharedPools), or take them out"
            : null;
}
