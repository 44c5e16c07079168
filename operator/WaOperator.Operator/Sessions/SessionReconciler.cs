using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Events;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Pairing;
using WaOperator.Operator.Shards;
using WaOperator.Resources;

namespace WaOperator.Operator.Sessions;

/// <summary>Shows a session to people: its pairing Secret, its status, its events. Writes only what changed.</summary>
internal sealed class SessionReconciler(
    ServerSideApplier applier,
    Caches caches,
    SessionBook book,
    ShardBook shards,
    PairingSecrets secrets,
    IEventRecorder events,
    TimeProvider time
) : IReconciler<NamespacedName>
{
    /// <summary>Holds a key back until the cache has seen what was written for it.</summary>
    public Action<NamespacedName, WhatsAppSession>? Wrote { get; set; }

    /// <inheritdoc/>
    public async Task<Result> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (
            caches.Sessions.Store[key] is not { } session
            || book.Find(session.Metadata.Uid) is not { MayGo: false } facts
        )
            return Result.Done;
        var sight = shards.Sight(
            facts.Shard,
            caches.PoolByUid(facts.Shard?.PoolUid)?.Metadata.Name
        );
        if (SessionView.Of(facts, session.Metadata.IsBeingDeleted, sight) is not { } view)
            return Result.Done;
        var hasSecret = await secrets.EnsureAsync(session, facts, view, ct);
        var status = SessionStatusBuilder.Build(
            session,
            facts,
            sight,
            hasSecret,
            time.GetUtcNow()
        )!;
        var written = await applier.ApplyStatusIfChangedAsync(
            session,
            new WhatsAppSession
            {
                Metadata = new()
                {
                    Name = key.Name,
                    Namespace = key.Namespace,
                    Uid = session.Metadata.Uid,
                },
                Status = status,
            },
            ct
        );
        if (ReferenceEquals(written, session))
            return Result.Done;
        Wrote?.Invoke(key, written);
        foreach (var told in SessionEvents.Between(session.Status, status))
            if (told.IsWarning)
                events.Warning(session, told.Reason, told.Message);
            else
                events.Normal(session, told.Reason, told.Message);
        return Result.Done;
    }
}
