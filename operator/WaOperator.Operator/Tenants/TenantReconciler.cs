using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Events;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Leading;
using WaOperator.Operator.Projection;
using WaOperator.Resources;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Tenants;

/// <summary>Counts a tenant's sessions, says what is wrong with it, and keeps it until its last session is gone.</summary>
internal sealed class TenantReconciler(
    IKubernetes client,
    StatusApplier applier,
    DesiredStore store,
    TenantBook book,
    Caches caches,
    TenantProjection projection,
    ApiKeys apiKeys,
    IEventRecorder events,
    TimeProvider time
) : IController<NamespacedName>
{
    /// <summary>Counts follow their sessions this much later, many changes in one write.</summary>
    private static readonly TimeSpan CountsLag = TimeSpan.FromSeconds(1);

    private readonly Expectations<NamespacedName> _writes = new(time);

    /// <inheritdoc/>
    public void Setup(ControllerBuilder<NamespacedName> controller) =>
        controller
            .Named("tenant")
            .Workers(2)
            .Expects(_writes)
            .For(caches.Tenants, ObjectChanges.IsMore)
            // A status that another client changed is put right, too, but never quicker than counts follow: each write of ours
            // comes by here.
            .For(caches.Tenants, ObjectChanges.IsUpdate, after: CountsLag)
            .Watches(
                caches.Sessions,
                s => [Caches.TenantOf(s)],
                ObjectChanges.IsPresent,
                after: CountsLag
            )
            // A tenant that is being deleted may be waiting for this.
            .Watches(caches.Sessions, s => [Caches.TenantOf(s)], ObjectChanges.IsGone)
            .Watches(projection.RefusalChanged, t => [t])
            .Watches(apiKeys.TroubleChanged, t => [t]);

    /// <inheritdoc/>
    public async Task<Result> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (caches.Tenants.Store[key] is not { } tenant)
            return Result.Done;
        var sessions = caches.SessionsOfTenant(key).ToList();
        if (tenant.Metadata.IsBeingDeleted && sessions.Count == 0)
        {
            // Kept keys of a session may still refer to the row: then it stays for the session that adopts them.
            await store.RemoveTenantAsync(key.Namespace, key.Name, ct: ct);
            book.Remove(key, tenant.Metadata.Uid);
            await client.RemoveFinalizerAsync(tenant, WhatsAppFinalizers.Tenant, ct);
            return Result.Done;
        }
        if (
            !tenant.Metadata.IsBeingDeleted
            && !tenant.Metadata.HasFinalizer(WhatsAppFinalizers.Tenant)
        )
        {
            Expect(key, await client.AddFinalizerAsync(tenant, WhatsAppFinalizers.Tenant, ct));
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
        var trouble = projection.Refusal(key) ?? apiKeys.TroubleOf(key);
        var status = TenantStatusBuilder.Build(tenant, sessions, trouble, time.GetUtcNow());
        var written = await applier.ApplyIfChangedAsync(
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
        Expect(key, written);
        var (was, now) = (
            tenant.Status?.Conditions.Find(ConditionTypes.Ready),
            status.Conditions.Find(ConditionTypes.Ready)!
        );
        if (!now.IsTrue && was?.Reason != now.Reason)
            events.Tell(tenant, new(true, Reasons.Read(now.Reason!), now.Message!));
    }

    private void Expect(NamespacedName key, WhatsAppTenant written) =>
        _writes.ExpectAtLeast(key, caches.Tenants, written);
}
