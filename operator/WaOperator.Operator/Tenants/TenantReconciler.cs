using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Events;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Sessions;
using WaOperator.Resources;
using WaOperator.Store.Operator;
using Finalizers = WaOperator.Resources.Finalizers;

namespace WaOperator.Operator.Tenants;

/// <summary>Counts a tenant's sessions, says what is wrong with it, and keeps it until its last session is gone.</summary>
internal sealed class TenantReconciler(
    IKubernetes client,
    ServerSideApplier applier,
    DesiredStore store,
    TenantBook book,
    Caches caches,
    Func<NamespacedName, Trouble?> trouble,
    IEventRecorder events,
    TimeProvider time
) : IReconciler<NamespacedName>
{
    /// <summary>Holds a key back until the cache has seen what was written for it.</summary>
    public Action<NamespacedName, WhatsAppTenant>? Wrote { get; set; }

    /// <inheritdoc/>
    public async Task<Result> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (caches.Tenants.Store[key] is not { } tenant)
            return Result.Done;
        var sessions = caches.SessionsOfTenant(key).ToList();
        if (tenant.Metadata.IsBeingDeleted && sessions.Count == 0)
        {
            // Kept keys of a session may still refer to the row: then it stays for whoever adopts them.
            await store.RemoveTenantAsync(key.Namespace, key.Name, ct: ct);
            book.Remove(key, tenant.Metadata.Uid);
            await client.RemoveFinalizerAsync(tenant, Finalizers.Tenant, ct);
            return Result.Done;
        }
        if (!tenant.Metadata.IsBeingDeleted && !tenant.Metadata.HasFinalizer(Finalizers.Tenant))
        {
            Wrote?.Invoke(key, await client.AddFinalizerAsync(tenant, Finalizers.Tenant, ct));
            return Result.Done;
        }
        await ShowAsync(key, tenant, sessions, ct);
        return Result.Done;
    }

    private async Task ShowAsync(
        NamespacedName key,
        WhatsAppTenant tenant,
        List<WhatsAppSession> sessions,
        CancellationToken ct
    )
    {
        var status = TenantStatusBuilder.Build(tenant, sessions, trouble(key), time.GetUtcNow());
        var written = await applier.ApplyStatusIfChangedAsync(
            tenant,
            new WhatsAppTenant
            {
                Metadata = new()
                {
                    Name = key.Name,
                    Namespace = key.Namespace,
                    Uid = tenant.Metadata.Uid,
                },
                Status = status,
            },
            ct
        );
        if (ReferenceEquals(written, tenant))
            return;
        Wrote?.Invoke(key, written);
        var (was, now) = (
            tenant.Status?.Conditions.Find(ConditionTypes.Ready),
            status.Conditions.Find(ConditionTypes.Ready)!
        );
        if (!now.IsTrue && was?.Reason != now.Reason)
            events.Tell(tenant, new(true, Reasons.Read(now.Reason!), now.Message!));
    }
}
