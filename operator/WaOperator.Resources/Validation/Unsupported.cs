namespace WaOperator.Resources;

/// <summary>
/// Fields that the schemas have and this version does nothing with. A resource that sets one is not as declared and says so
/// (reason NotSupported); a field leaves this list when something acts on it.
/// </summary>
public static class Unsupported
{
    /// <summary>What the tenant asks for in vain; its sessions run all the same.</summary>
    public static IReadOnlyList<Violation> Of(WhatsAppTenant tenant)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        return tenant.Spec.Webhooks is { Count: > 0 }
            ?
            [
                new(
                    "spec.webhooks",
                    "events are posted by resources of the kind WhatsAppWebhook; declare one for each address, and remove the field"
                ),
            ]
            : [];
    }
}
