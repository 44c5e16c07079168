using System.Runtime.CompilerServices;
using WaOperator.Resources;

namespace WaOperator.Operator;

/// <summary>
/// Which rules a tenant, a pool or a webhook breaks, checked once per version of the object: a tenant is asked about with each of its
/// sessions, and objects out of a cache never change.
/// </summary>
internal static class Validity
{
    private static readonly ConditionalWeakTable<object, IReadOnlyList<Violation>> Known = [];

    /// <summary>The rules that the tenant breaks.</summary>
    public static IReadOnlyList<Violation> Of(WhatsAppTenant tenant) =>
        Known.GetValue(tenant, t => TenantValidation.Validate((WhatsAppTenant)t));

    /// <summary>The rules that the pool breaks, those that no schema can say among them.</summary>
    public static IReadOnlyList<Violation> Of(WhatsAppSessionPool pool) =>
        Known.GetValue(
            pool,
            p =>
                PoolValidation.Validate((WhatsAppSessionPool)p) is { Count: > 0 } broken
                    ? broken
                    : PoolValidation.ValidateMeaning(((WhatsAppSessionPool)p).Spec)
        );

    /// <summary>The rules that the webhook breaks, those that no schema can say among them.</summary>
    public static IReadOnlyList<Violation> Of(WhatsAppWebhook webhook) =>
        Known.GetValue(
            webhook,
            w =>
                WebhookValidation.Validate((WhatsAppWebhook)w) is { Count: > 0 } broken
                    ? broken
                    : WebhookValidation.ValidateMeaning(((WhatsAppWebhook)w).Spec)
        );
}
