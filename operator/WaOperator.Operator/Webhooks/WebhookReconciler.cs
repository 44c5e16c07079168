using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Events;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Leading;
using WaOperator.Resources;

namespace WaOperator.Operator.Webhooks;

/// <summary>Shows how a webhook fares. Its row is the projector's.</summary>
internal sealed class WebhookReconciler(
    StatusApplier applier,
    WebhookProjector projector,
    WebhookObserver observer,
    Caches caches,
    IEventRecorder events,
    TimeProvider time
) : IController<NamespacedName>
{
    /// <summary>A status that another client changed is put right, but each write of ours comes by here, too.</summary>
    private static readonly TimeSpan Lag = TimeSpan.FromSeconds(1);

    /// <summary>How long until it looks again whether the database was asked.</summary>
    private static readonly TimeSpan Unknown = TimeSpan.FromSeconds(1);

    private readonly Expectations<NamespacedName> _writes = new(time);

    /// <inheritdoc/>
    public void Setup(ControllerBuilder<NamespacedName> controller) =>
        controller
            .Named("webhook")
            .Workers(2)
            .Expects(_writes)
            .For(caches.Webhooks, ObjectChanges.IsUpdate, after: Lag)
            .Watches(projector.Changed, w => [w])
            .Watches(observer.Changed, w => [w]);

    /// <inheritdoc/>
    public async Task<Result> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        // Until both is known the status of the former leader stands.
        if (
            caches.Webhooks.Store[key] is not { Metadata.IsBeingDeleted: false } webhook
            || projector.VerdictOf(key) is not { } verdict
            || !verdict.IsOf(webhook)
        )
            return Result.Done;
        if (!observer.HasLooked)
            return Result.Requeue(Unknown);
        var status = WebhookStatusBuilder.Build(
            webhook,
            verdict,
            observer.SeenOf(key),
            time.GetUtcNow()
        );
        var written = await applier.ApplyIfChangedAsync(
            webhook,
            new WhatsAppWebhook
            {
                Metadata = new()
                {
                    Name = key.Name,
                    Namespace = key.Namespace,
                    Uid = webhook.Metadata.Uid,
                },
                Status = status,
            },
            ct
        );
        if (ReferenceEquals(written, webhook))
            return Result.Done;
        _writes.ExpectAtLeast(key, caches.Webhooks, written);
        Tell(webhook, status);
        return Result.Done;
    }

    private void Tell(WhatsAppWebhook webhook, WebhookStatus status)
    {
        var (was, now) = (
            webhook.Status?.Conditions.Find(ConditionTypes.Ready),
            status.Conditions.Find(ConditionTypes.Ready)!
        );
        var reason = Reasons.Read(now.Reason!);
        if (was?.Reason != now.Reason && !(was is null && now.IsTrue))
            events.Tell(webhook, new(WebhookStatusBuilder.IsWarning(reason), reason, now.Message!));
    }
}
