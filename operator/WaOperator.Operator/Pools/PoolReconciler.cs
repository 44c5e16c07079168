using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using WaOperator.Kubernetes.Cache;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Events;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Leading;
using WaOperator.Operator.Observation;
using WaOperator.Operator.Options;
using WaOperator.Operator.Placement;
using WaOperator.Operator.Sessions;
using WaOperator.Operator.Shards;
using WaOperator.Resources;
using WaOperator.Signals;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Pools;

/// <summary>What the pool's reconciler works with.</summary>
internal sealed record PoolTools(
    IKubernetes Client,
    StatusApplier Applier,
    DesiredStore Store,
    ObservedStore Observed,
    SessionBook Sessions,
    ShardBook Shards,
    PoolBook Pools,
    PlacementLoop Placement,
    ObservationLoop Observation,
    Caches Caches,
    IHints Hints,
    IEventRecorder Events,
    OperatorOptions.SessionPodOptions Defaults,
    TimeProvider Time
);

/// <summary>
/// Keeps a pool's StatefulSet, Service and PodDisruptionBudget, gives its pods their settings, rolls out changes of the
/// template, and lets it go when no session runs in it any more.
/// </summary>
internal sealed class PoolReconciler : IController<NamespacedName>
{
    /// <summary>Counts follow their sessions this much later, many changes in one write.</summary>
    private static readonly TimeSpan CountsLag = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(3);
    private readonly PoolTools _with;
    private readonly Expectations<NamespacedName> _writes;
    private readonly OwnedObjects _owned;
    private readonly PoolRoller _roller;
    private readonly PodRemover _remover;
    private readonly MissingPods _missing;
    private readonly ConcurrentDictionary<string, PoolSettings> _told = new(StringComparer.Ordinal);

    public PoolReconciler(PoolTools with)
    {
        _with = with;
        _writes = new(with.Time);
        _owned = new(with.Client);
        _roller = new(with);
        _remover = new(with);
        _missing = new(with.Client, with.Time);
    }

    /// <inheritdoc/>
    public void Setup(ControllerBuilder<NamespacedName> controller)
    {
        var caches = _with.Caches;
        controller
            .Named("pool")
            .Expects(_writes)
            .For(caches.Pools, ObjectChanges.IsMore)
            .Owns<WhatsAppSessionPool, StatefulSet>(caches.StatefulSets)
            .Owns<WhatsAppSessionPool, Service>(caches.Services)
            .Watches(caches.Pods, PoolOf)
            .Watches(_with.Shards.Changed, s => PoolOf(s.PoolUid))
            // A status that another client changed is put right, too, but never quicker than counts follow: each write of ours
            // comes by here.
            .For(caches.Pools, ObjectChanges.IsUpdate, after: CountsLag)
            .Watches(caches.Sessions, PoolOf, ObjectChanges.IsGone, after: CountsLag)
            .Watches(_with.Sessions.Changed, f => PoolOf(f.Stored?.Row.PoolUid), after: CountsLag)
            .Watches(_with.Placement.Planned, _ => AllPools(), after: CountsLag)
            .Watches(_with.Observation.RedisChanged, _ => AllPools(), after: CountsLag);
        if (caches.Budgets is { } budgets)
            controller.Owns<WhatsAppSessionPool, PodDisruptionBudget>(budgets);
        if (caches.BudgetsV1Beta1 is { } old)
            controller.Owns<WhatsAppSessionPool, PodDisruptionBudgetV1Beta1>(old);
    }

    /// <inheritdoc/>
    public async Task<Result> ReconcileAsync(NamespacedName key, CancellationToken ct)
    {
        if (_with.Caches.Pools.Store[key] is not { } pool)
            return Result.Done;
        var uid = pool.Metadata.Uid!;
        var members = _with.Sessions.OfPoolOrIn(uid);
        if (pool.Metadata.IsBeingDeleted && members.Count == 0)
            return await LetGoAsync(key, pool, ct);
        if (!pool.Metadata.IsBeingDeleted && !pool.Metadata.HasFinalizer(WhatsAppFinalizers.Pool))
        {
            Expect(key, await _with.Client.AddFinalizerAsync(pool, WhatsAppFinalizers.Pool, ct));
            return Result.Done;
        }
        var made = await MakeAsync(key, pool, members, ct);
        await ShowAsync(key, pool, members, made, ct);
        return made.Rollout is { State: RolloutState.Progressing } || made.Trouble is not null
            ? Result.Requeue(Soon)
            : Result.Done;
    }

    private static IEnumerable<NamespacedName> PoolOf(Pod pod) =>
        pod.Metadata.Label(Labels.Pool) is { } pool
            ? [new(pod.Metadata.Namespace ?? "", pool)]
            : [];

    private IEnumerable<NamespacedName> PoolOf(WhatsAppSession session) =>
        _with.Caches.PoolFor(session, null) is { } pool ? [NamespacedName.Of(pool)] : [];

    private IEnumerable<NamespacedName> PoolOf(string? uid) =>
        _with.Caches.PoolByUid(uid) is { } pool ? [NamespacedName.Of(pool)] : [];

    private IEnumerable<NamespacedName> AllPools() =>
        _with.Caches.Pools.Store.Select(NamespacedName.Of);

    private void Expect(NamespacedName key, IKubernetesObject written) =>
        _writes.ExpectAtLeast(key, InformerOf(written), written);

    private IInformer InformerOf(IKubernetesObject obj) =>
        obj switch
        {
            StatefulSet => _with.Caches.StatefulSets,
            Service => _with.Caches.Services,
            PodDisruptionBudget => _with.Caches.Budgets!,
            PodDisruptionBudgetV1Beta1 => _with.Caches.BudgetsV1Beta1!,
            _ => _with.Caches.Pools,
        };

    /// <summary>Asks for no pods any more but those that still own a session.</summary>
    private async Task<Trouble?> EndPodsAsync(NamespacedName key, string uid, CancellationToken ct)
    {
        var name = PoolNames.Workload(key.Name);
        var live = _with.Caches.StatefulSets.Store.Get(key.Namespace, name);
        if (live?.Spec?.Replicas is not (> 0 and var now) || live.Metadata.Controller?.Uid != uid)
            return null;
        var replicas = PoolReplicas.Decide(now, 0, await InUseAsync(uid, [], ct));
        if (replicas == now)
            return null;
        var patch = new JsonObject { ["spec"] = new JsonObject { ["replicas"] = replicas } };
        return await Refusal.TellAsync<StatefulSet>(
            "patch",
            name,
            async () =>
                Expect(
                    key,
                    await _with.Client.PatchMergeAsync<StatefulSet>(
                        name,
                        key.Namespace,
                        patch,
                        ct: ct
                    )
                )
        );
    }

    /// <summary>What came of making what the pool owns.</summary>
    private sealed record Made(RolloutStep? Rollout, PodNotes Pods, Trouble? Trouble);

    /// <summary>
    /// Removes what is stored of pools whose objects are gone, finalizer or not, as soon as their leases are over.
    /// </summary>
    public async Task SweepAsync(CancellationToken ct)
    {
        foreach (var (uid, ns) in await _with.Observed.ReadPoolsAsync(ct))
            if (
                _with.Caches.PoolByUid(uid) is null
                && (ns is null || _with.Caches.Watches(ns))
                && await _with.Store.RemovePoolAsync(uid, ct)
            )
                _told.TryRemove(uid, out _);
    }

    /// <summary>
    /// A pool that is being deleted and serves no session. Its pods end first: as long as a process of it may hold a lease, what is
    /// stored about it must stay.
    /// </summary>
    private async Task<Result> LetGoAsync(
        NamespacedName key,
        WhatsAppSessionPool pool,
        CancellationToken ct
    )
    {
        var uid = pool.Metadata.Uid!;
        if (await _with.Store.RemovePoolAsync(uid, ct))
        {
            _told.TryRemove(uid, out _);
            await _with.Client.RemoveFinalizerAsync(pool, WhatsAppFinalizers.Pool, ct);
            return Result.Done;
        }
        Trouble?[] troubles =
        [
            await EndPodsAsync(key, uid, ct),
            await _remover.RemoveAsync(pool, ct),
        ];
        var trouble = Refusal.Merge([.. troubles.OfType<Trouble>()]);
        await ShowAsync(key, pool, [], new(null, PodNotes.None, trouble), ct);
        return Result.Requeue(Soon);
    }

    /// <summary>Makes what the pool owns. An invalid pool's objects stay as they are.</summary>
    private async Task<Made> MakeAsync(
        NamespacedName key,
        WhatsAppSessionPool pool,
        IReadOnlyList<SessionFacts> members,
        CancellationToken ct
    )
    {
        var troubles = new List<Trouble>();
        if (await _remover.RemoveAsync(pool, ct) is { } stuck)
            troubles.Add(stuck);
        if (Validity.Of(pool) is { Count: > 0 } broken)
            return new(null, PodNotes.None, new(Reasons.InvalidSpec, Violation.Describe(broken)));
        _with.Pools.See(pool, _with.Caches.ReplicasOf(pool));
        var terms = _with.Pools.Find(pool.Metadata.Uid!)!;
        await TellAsync(pool, terms, ct);
        RolloutStep? rollout = null;
        var notes = PodNotes.None;
        if (await ApplyAsync(key, pool, terms, members, troubles, ct) is { } set)
        {
            (rollout, var kept) = await _roller.RollAsync(pool, set, terms, ct);
            if (kept is not null)
                troubles.Add(kept);
            notes = await _missing.AskAsync(
                set,
                terms.Shards,
                o => _with.Caches.PodOf(pool, o),
                ct
            );
        }
        if (_with.Caches.Shared.WhyNot(pool) is { } alone)
            troubles.Add(new(Reasons.NotShared, alone));
        if (PoolDrain.Of(pool).Mistake is { } mistake)
            troubles.Add(new(Reasons.InvalidSpec, mistake));
        return new(rollout, notes, Refusal.Merge(troubles));
    }

    /// <summary>Gives the pods the settings that may change while they run.</summary>
    private async Task TellAsync(WhatsAppSessionPool pool, PoolTerms terms, CancellationToken ct)
    {
        var uid = pool.Metadata.Uid!;
        var settings = PoolTerms.SettingsOf(pool.Spec, terms.Shards);
        if (_told.GetValueOrDefault(uid) == settings)
            return;
        await _with.Store.PutPoolAsync(
            new(uid, pool.Metadata.Namespace!, pool.Metadata.Name!, settings),
            ct
        );
        _told[uid] = settings;
        foreach (var shard in _with.Shards.OfPool(uid))
            _with.Hints.Publish(HintChannels.Placement(shard.Id));
    }

    /// <summary>Applies all objects, each whether or not another is refused.</summary>
    private async Task<StatefulSet?> ApplyAsync(
        NamespacedName key,
        WhatsAppSessionPool pool,
        PoolTerms terms,
        IReadOnlyList<SessionFacts> members,
        List<Trouble> troubles,
        CancellationToken ct
    )
    {
        var caches = _with.Caches;
        var name = PoolNames.Workload(key.Name);
        await EnsureAsync(
            key,
            caches.Services.Store.Get(key.Namespace, name),
            PoolWorkloads.Service(pool),
            troubles,
            ct
        );
        if (caches.Budgets is { } budgets)
            await EnsureAsync(
                key,
                budgets.Store.Get(key.Namespace, name),
                PoolWorkloads.Budget(pool),
                troubles,
                ct
            );
        else
            await EnsureAsync(
                key,
                caches.BudgetsV1Beta1?.Store.Get(key.Namespace, name),
                PoolWorkloads.BudgetV1Beta1(pool),
                troubles,
                ct
            );
        var live = caches.StatefulSets.Store.Get(key.Namespace, name);
        var current = live?.Spec?.Replicas ?? 0;
        var replicas = PoolReplicas.Decide(
            current,
            terms.Shards,
            current > terms.Shards ? await InUseAsync(pool.Metadata.Uid!, members, ct) : []
        );
        return await EnsureAsync(
            key,
            live,
            PoolWorkloads.StatefulSet(pool, _with.Defaults, replicas),
            troubles,
            ct
        );
    }

    private async Task<List<int>> InUseAsync(
        string uid,
        IReadOnlyList<SessionFacts> members,
        CancellationToken ct
    )
    {
        var owned = await _with.Observed.ReadOwnedAsync(ct);
        return
        [
            .. members.Where(f => f.Shard?.PoolUid == uid).Select(f => f.Shard!.Value.Ordinal),
            .. owned.Keys.Where(s => s.PoolUid == uid).Select(s => s.Ordinal),
        ];
    }

    /// <returns>The object as it stands now; null when there is none, or none of ours.</returns>
    private async Task<T?> EnsureAsync<T>(
        NamespacedName key,
        T? live,
        T desired,
        List<Trouble> troubles,
        CancellationToken ct
    )
        where T : class, IKubernetesObject<T>
    {
        var now = live;
        try
        {
            var refused = await Refusal.TellAsync<T>(
                live is null ? "create" : "change",
                desired.Metadata.Name!,
                async () => now = await _owned.EnsureAsync(live, desired, ct)
            );
            if (refused is not null)
                troubles.Add(refused);
        }
        catch (NameTakenException e)
        {
            troubles.Add(new(Reasons.Conflict, e.Message));
            return null;
        }
        if (now is not null && !ReferenceEquals(now, live))
            Expect(key, now);
        return now;
    }

    private async Task ShowAsync(
        NamespacedName key,
        WhatsAppSessionPool pool,
        IReadOnlyList<SessionFacts> members,
        Made made,
        CancellationToken ct
    )
    {
        var uid = pool.Metadata.Uid!;
        var status = PoolStatusBuilder.Build(
            pool,
            new(
                _with.Pools.Find(uid),
                _with.Shards.OfPool(uid),
                members
                    .Where(f => f.Shard?.PoolUid == uid)
                    .CountBy(f => f.Shard!.Value.Ordinal)
                    .ToDictionary(p => p.Key, p => p.Value),
                [
                    .. _with
                        .Placement.Loads.Where(l => l.Key.PoolUid == uid && l.Value.OverCapacity)
                        .Select(l => l.Key.Ordinal)
                        .Order(),
                ],
                members.Count(f => f.WantsToRun && f.Shard is null),
                members.Count,
                made.Rollout,
                made.Trouble
            )
            {
                Pods = made.Pods,
                Drained = PoolDrain.Of(pool).Ordinals,
                Redis = _with.Hints.Fault,
            },
            _with.Time.GetUtcNow()
        );
        var written = await _with.Applier.ApplyIfChangedAsync(
            pool,
            new WhatsAppSessionPool
            {
                Metadata = new()
                {
                    Name = key.Name,
                    Namespace = key.Namespace,
                    Uid = uid,
                },
                Status = status,
            },
            ct
        );
        if (ReferenceEquals(written, pool))
            return;
        Expect(key, written);
        TellOfRedis(pool, status);
        var was = pool.Status?.Conditions.Find(ConditionTypes.Ready);
        var now = status.Conditions.Find(ConditionTypes.Ready)!;
        if (was?.Reason == now.Reason && was?.Status == now.Status)
            return;
        var told = new Told(!now.IsTrue, Reasons.Read(now.Reason!), now.Message!);
        if (
            now.IsTrue
            || status.Conditions.IsTrue(ConditionTypes.Stalled)
            || (was?.IsTrue == true && made.Rollout?.State != RolloutState.Progressing)
        )
            _with.Events.Tell(pool, told);
    }

    private void TellOfRedis(WhatsAppSessionPool pool, PoolStatus status)
    {
        var now = status.Conditions.Find(ConditionTypes.RedisUnavailable);
        if (
            now is not null
            && now.Message != pool.Status?.Conditions.Find(ConditionTypes.RedisUnavailable)?.Message
        )
            _with.Events.Tell(pool, new(true, Reasons.RedisUnavailable, now.Message!));
    }
}
