using WaOperator.Kubernetes.Cache;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Events;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Observation;
using WaOperator.Operator.Pairing;
using WaOperator.Operator.Placement;
using WaOperator.Operator.Pools;
using WaOperator.Operator.Shards;
using WaOperator.Resources;

namespace WaOperator.Operator.Sessions;

/// <summary>Shows a session to people: its pairing Secret, its status, its events. Writes only what changed.</summary>
internal sealed class SessionReconciler(
    StatusApplier applier,
    Caches caches,
    SessionBook book,
    ShardBook shards,
    PoolBook pools,
    PairingSecrets secrets,
    IEventRecorder events,
    ObservationLoop observation,
    TimeProvider time
) : IController<NamespacedName>
{
    /// <summary>A new session that nothing is known of after this long is asked about again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Whether a Secret is still refused is tried this much later.</summary>
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromSeconds(5);

    private readonly Expectations<NamespacedName> _writes = new(time);

    /// <inheritdoc/>
    public void Setup(ControllerBuilder<NamespacedName> controller)
    {
        controller
            .Named("session")
            .Workers(8)
            .Expects(_writes)
            // Each change, those of the status among them: one that another client wrote is put right at once. What we wrote
            // ourselves comes by here, too, and ends at the comparison with the status in the cache, without a request.
            .For(caches.Sessions)
            .Watches(book.Changed, f => [f.Name])
            .Watches(shards.Changed, shard => book.OfShard(shard).Select(f => f.Name))
            .Watches(pools.ClaimsChanged, uid => book.OfPool(uid).Select(f => f.Name));
        caches.Sessions.AddEventHandler(
            new ResourceEventHandler<WhatsAppSession>
            {
                Deleted = (s, _) => secrets.Forget(s.Metadata.Uid!),
            }
        );
    }

    /// <inheritdoc/>
    public async Task<Result> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (caches.Sessions.Store[key] is not { } session)
            return Result.Done;
        var facts = book.Find(session.Metadata.Uid) ?? new(session.Metadata.Uid!, key);
        if (facts.MayGo)
            return Result.Done;
        var sight = shards.Sight(
            facts.Shard,
            caches.PoolByUid(facts.Shard?.PoolUid)?.Metadata.Name
        );
        var view = SessionView.Of(facts, session.Metadata.IsBeingDeleted, sight);
        if (view is null && session.Status?.Phase is not null)
            return Result.Done;
        if (view is null && observation.DatabaseAnswers)
            return Result.Requeue(Patience);
        view ??= SessionView.WithoutDatabase;
        var secret = await secrets.EnsureAsync(session, facts, view, ct);
        var status = SessionStatusBuilder.Build(
            session,
            facts with
            {
                Trouble = facts.Trouble ?? secret.Trouble,
                Capped = Excess(session, facts),
            },
            view,
            sight,
            secret.Stands,
            time.GetUtcNow()
        );
        var written = await applier.ApplyIfChangedAsync(
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
        var result = secret.Trouble is null ? Result.Done : Result.Requeue(AfterRefusal);
        if (ReferenceEquals(written, session))
            return result;
        _writes.ExpectAtLeast(key, caches.Sessions, written);
        foreach (var told in SessionEvents.Between(session.Status, status))
            events.Tell(session, told);
        return result;
    }

    private string? Excess(WhatsAppSession session, SessionFacts facts) =>
        facts.Stored?.Row.PoolUid is { } uid && pools.Find(uid) is { } terms
            ? SessionClaim.Excess(session.Spec, terms.PerSession)
            : null;
}
