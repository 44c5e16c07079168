using Npgsql;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Sessions;
using WaOperator.Operator.Tenants;
using WaOperator.Resources;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Projection;

/// <summary>
/// Writes the rows of tenants, each before the first session that needs it. A tenant with API keys has one before: its first session may
/// be created over the API, with one of them. So has one with webhooks, which belong to it.
/// </summary>
internal sealed partial class TenantProjection(
    DesiredStore store,
    TenantBook book,
    Caches caches,
    Refusals refusals,
    RemovalWord word,
    Action wake,
    ILogger<TenantProjection> logger
)
{
    /// <summary>Changed tenants in one step at most, for sessions wait for them.</summary>
    private const int MaxDue = 100;

    private readonly Lock _lock = new();
    private readonly HashSet<NamespacedName> _due = [];

    /// <summary>A tenant's row is refused, or is taken after that.</summary>
    public Signal<NamespacedName> RefusalChanged { get; } = new();

    /// <summary>Why PostgreSQL refuses the tenant as it is declared now; null if it does not.</summary>
    public Trouble? Refusal(NamespacedName name) =>
        caches.Tenants.Store[name] is { } tenant ? refusals.Of(TenantBook.RowOf(tenant)) : null;

    /// <summary>The tenant changed. Wakes for it.</summary>
    public void Enqueue(NamespacedName tenant)
    {
        lock (_lock)
            _due.Add(tenant);
        wake();
    }

    /// <summary>Writes the tenants of these sessions, and changed ones with API keys or webhooks: those whose row is not as declared.</summary>
    public async Task ProjectAsync(IEnumerable<WhatsAppSession> sessions, CancellationToken ct)
    {
        var due = Take();
        try
        {
            await WriteAsync(sessions.Select(Caches.TenantOf).Concat(due.Where(NeedsRow)), ct);
        }
        catch
        {
            lock (_lock)
                _due.UnionWith(due);
            throw;
        }
    }

    private List<NamespacedName> Take()
    {
        bool isMore;
        List<NamespacedName> taken;
        lock (_lock)
        {
            taken = [.. _due.Take(MaxDue)];
            _due.ExceptWith(taken);
            isMore = _due.Count > 0;
        }
        if (isMore)
            wake();
        return taken;
    }

    private bool NeedsRow(NamespacedName name) =>
        caches.Tenants.Store[name]?.Spec
            is { ApiKeySecretRefs.Count: > 0 }
                or { TokenIssuers.Count: > 0 }
        || caches.WebhooksOfTenant(name).Any();

    private async Task WriteAsync(IEnumerable<NamespacedName> names, CancellationToken ct)
    {
        foreach (var name in names.Distinct())
        {
            if (
                caches.Tenants.Store[name] is not { } tenant
                || Validity.Of(tenant).Count > 0
                || (tenant.Metadata.IsBeingDeleted && book.IdOf(name) is null)
            )
                continue;
            var row = TenantBook.RowOf(tenant);
            if (book.Has(row))
                Taken(name);
            else
                await PutAsync(name, row, await IsAnotherAsync(name, row, ct), ct);
        }
    }

    /// <summary>Whether the tenant is to have nothing of what the one before it of its name kept.</summary>
    private async Task<bool> IsAnotherAsync(
        NamespacedName name,
        TenantRow row,
        CancellationToken ct
    )
    {
        var uids = caches.SessionsOfTenant(name).Select(s => s.Metadata.Uid!).ToList();
        if (
            !await store.IsAnotherTenantAsync(row, uids, ct)
            || await word.IsAdoptionAllowedAsync(ct)
        )
            return false;
        Log.Another(logger, name);
        return true;
    }

    private async Task PutAsync(
        NamespacedName name,
        TenantRow row,
        bool another,
        CancellationToken ct
    )
    {
        try
        {
            book.Put(await store.PutTenantAsync(row, another, ct), row);
        }
        catch (PostgresException e) when (DatabaseFailure.IsOfData(e))
        {
            if (!refusals.Add(row, e))
                return;
            Log.Refused(logger, name, e.MessageText);
            RefusalChanged.Emit(name);
            return;
        }
        Taken(name);
    }

    private void Taken(NamespacedName name)
    {
        if (refusals.Forget(name))
            RefusalChanged.Emit(name);
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.TenantProjectionAnother,
            LogLevel.Warning,
            "Tenant {Tenant} is a different object from the one that had its name before: it gets neither that one's kept keys nor its API keys"
        )]
        public static partial void Another(ILogger logger, NamespacedName tenant);

        [LoggerMessage(
            EventIds.TenantProjectionRefused,
            LogLevel.Warning,
            "PostgreSQL refuses the row of tenant {Tenant}; the others are written: {Why}"
        )]
        public static partial void Refused(ILogger logger, NamespacedName tenant, string why);
    }
}
