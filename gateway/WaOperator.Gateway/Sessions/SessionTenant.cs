using WaOperator.Api;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Sessions;

/// <summary>Which tenant a new session is of. Pure.</summary>
internal static class SessionTenant
{
    /// <summary>Chooses among the tenants of a key.</summary>
    /// <param name="tenants">All of them.</param>
    /// <param name="ns">The namespace that the request names; null for none.</param>
    /// <param name="chosen">The one; null where it is not clear.</param>
    /// <param name="refusal">Why it is not clear; null if it is.</param>
    public static bool TryChoose(
        IReadOnlyList<TenantName> tenants,
        string? ns,
        out TenantName? chosen,
        out ProblemAnswer? refusal
    )
    {
        var fitting = tenants.Where(t => ns is null || t.Namespace == ns).ToArray();
        chosen = fitting is [var one] ? one : null;
        refusal = fitting switch
        {
            [_] => null,
            [] when ns is not null => Problems.ForeignNamespace(ns),
            // The key's tenant has gone since it was looked up.
            [] => Problems.TenantLeaving(),
            _ => Problems.WhichTenant(
                tenants.Select(t => t.Namespace).Distinct(StringComparer.Ordinal)
            ),
        };
        return refusal is null;
    }
}
