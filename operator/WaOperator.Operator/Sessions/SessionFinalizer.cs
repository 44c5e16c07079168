using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Objects;
using WaOperator.Resources;

namespace WaOperator.Operator.Sessions;

/// <summary>
/// Puts the finalizer on a session before anything is made for it, and takes it off when nothing is left of it.
/// </summary>
internal sealed class SessionFinalizer(IKubernetes client, Caches caches, SessionBook book)
    : IController<NamespacedName>
{
    /// <inheritdoc/>
    public void Setup(ControllerBuilder<NamespacedName> controller) =>
        controller
            .Named("session-finalizer")
            .Workers(8)
            .Watches(book.Changed, f => f.NeedsFinalizer || f.MayGo ? [f.Name] : []);

    /// <inheritdoc/>
    public async Task<Result> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (
            caches.Sessions.Store[key] is not { } session
            || book.Find(session.Metadata.Uid) is not { } facts
        )
            return Result.Done;
        if (facts.NeedsFinalizer && !session.Metadata.IsBeingDeleted)
            await client.AddFinalizerAsync(session, WhatsAppFinalizers.Session, ct);
        else if (facts.MayGo && session.Metadata.IsBeingDeleted)
            await client.RemoveFinalizerAsync(session, WhatsAppFinalizers.Session, ct);
        return Result.Done;
    }
}
