using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Objects;
using WaOperator.Resources;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Tenants;

/// <summary>The tenants' rows as last written by this leader.</summary>
public sealed class TenantBook
{
    private readonly Lock _lock = new();
    private readonly Dictionary<NamespacedName, (long Id, TenantRow Row)> _rows = [];
    private readonly Dictionary<long, NamespacedName> _names = [];

    /// <summary>A tenant's row was written: before, there is nowhere to put its keys.</summary>
    public Signal<NamespacedName> Written { get; } = new();

    /// <summary>The tenant's key; null while it has no row.</summary>
    public long? IdOf(NamespacedName name)
    {
        lock (_lock)
            return _rows.TryGetValue(name, out var row) ? row.Id : null;
    }

    /// <summary>Whether the tenant's row was last written for the object of that UID.</summary>
    public bool IsOf(NamespacedName name, string? uid)
    {
        lock (_lock)
            return _rows.TryGetValue(name, out var row) && row.Row.Uid == uid;
    }

    /// <summary>The tenant of that key.</summary>
    public NamespacedName? NameOf(long id)
    {
        lock (_lock)
            return _names.TryGetValue(id, out var name) ? name : null;
    }

    /// <summary>Whether that is how the tenant was last written.</summary>
    public bool Has(TenantRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        lock (_lock)
            return _rows.TryGetValue(new(row.Namespace, row.Name), out var last) && last.Row == row;
    }

    /// <summary>Remembers what was written.</summary>
    public void Put(long id, TenantRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        var name = new NamespacedName(row.Namespace, row.Name);
        lock (_lock)
        {
            _rows[name] = (id, row);
            _names[id] = name;
        }
        Written.Emit(name);
    }

    /// <summary>The tenant of that UID is gone.</summary>
    public void Remove(NamespacedName name, string? uid)
    {
        lock (_lock)
            if (_rows.TryGetValue(name, out var gone) && gone.Row.Uid == uid && _rows.Remove(name))
                _names.Remove(gone.Id);
    }

    /// <summary>The row of a tenant: of its spec what pods act on, and no more.</summary>
    public static TenantRow RowOf(WhatsAppTenant tenant)
    {
        ArgumentNullException.ThrowIfNull(tenant);
        var (limits, rules) = (tenant.Spec.Limits, tenant.Spec.PhoneRules);
        return new(
            tenant.Metadata.Namespace!,
            tenant.Metadata.Name!,
            tenant.Spec.Suspended,
            new TenantSettings
            {
                Limits = new(
                    limits.MessagesPerMinute,
                    limits.MessagesPerRecipientPerMinute,
                    limits.MessagesPerDay
                ),
                Pace = limits.Pace is { PerMinute: > 0 } pace
                    ? new(pace.PerMinute, pace.Burst)
                    : null,
                PhoneRules = rules is null
                    ? null
                    : new(rules.AllowedPrefixes, rules.BlockedNumbers),
            }.ToJson()
        )
        {
            Uid = tenant.Metadata.Uid ?? "",
        };
    }
}
