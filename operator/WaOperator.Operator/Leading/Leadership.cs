using WaOperator.Kubernetes.Cache;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Observation;
using WaOperator.Operator.Pairing;
using WaOperator.Operator.Placement;
using WaOperator.Operator.Pools;
using WaOperator.Operator.Projection;
using WaOperator.Operator.Sessions;
using WaOperator.Operator.Shards;
using WaOperator.Operator.Tenants;
using WaOperator.Resources;
using WaOperator.Signals;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Leading;

/// <summary>
/// One term of this process as the leader: what it knows, the loops that learn and decide, the controllers that show, and
/// who wakes whom. Made anew for each term.
/// </summary>
internal sealed class Leadership
{
    /// <summary>Counts in statuses of tenants and pools follow their sessions this much later, many changes in one write.</summary>
    private static readonly TimeSpan CountsLag = TimeSpan.FromSeconds(1);

    /// <summary>An observation that is older says that the database is away.</summary>
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How often sessions in trouble are looked at again: what they wait for may end where nobody tells, as a phone that a
    /// session has in a namespace that is not watched.
    /// </summary>
    private static readonly TimeSpan SecondLook = TimeSpan.FromMinutes(1);

    private readonly LeaderTools _with;
    private readonly DesiredStore _store;
    private readonly SessionBook _sessions = new();
    private readonly TenantBook _tenants = new();
    private readonly ShardBook _shards = new();
    private readonly PoolBook _pools = new();
    private readonly PodWatch _pods = new();
    private readonly ObservedStore _observed;
    private readonly StateObserver _states;
    private readonly ShardObserver _judge;
    private readonly ClaimObserver _claims;
    private readonly SessionProjector _projector;
    private readonly PlacementLoop _placement;
    private readonly Loop _observation;
    private readonly Loop _secondLook;
    private readonly PairingSecrets _secrets;
    private readonly ApiKeys _apiKeys;
    private readonly DefaultPool _defaultPool;
    private readonly PoolReconciler _poolReconciler;
    private readonly Controller<NamespacedName> _sessionController;
    private readonly Controller<NamespacedName> _finalizers;
    private readonly Controller<NamespacedName> _tenantController;
    private readonly Controller<NamespacedName> _poolController;
    private readonly TaskCompletionSource _over = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private long _observedAt;
    private RedisFault? _redis;

    public Leadership(LeaderTools with, DesiredStore store)
    {
        (_with, _store) = (with, store);
        var (loggers, time, caches) = (with.Loggers, with.Time, with.Caches);
        var applier = new ServerSideApplier(with.Client, Labels.ManagedByValue);
        _observed = with.Store.Observed;
        _states = new(_observed, _sessions);
        _judge = new(
            store,
            _observed,
            _shards,
            _pools,
            _pods,
            with.Watch.Find,
            caches,
            loggers.CreateLogger<ShardObserver>(),
            time
        );
        _claims = new(
            _observed,
            _sessions,
            _shards,
            pool => _pools.Find(pool)?.Times.LeaseTtl,
            time
        );
        _projector = new(
            store,
            _sessions,
            _tenants,
            caches,
            with.Hints,
            with.Events,
            new(with.Client, with.Options, with.Events, time),
            with.Options,
            loggers,
            time
        );
        _placement = new(
            store,
            _observed,
            with.Watch,
            _sessions,
            _shards,
            _pools,
            _tenants,
            caches,
            with.Hints,
            new(_observed, _pools),
            new(
                _pools,
                _shards,
                caches,
                with.Events,
                loggers.CreateLogger<PoolScaler>(),
                TimeSpan.FromMinutes(with.Options.Scaling.CalmMinutes),
                time
            ),
            loggers,
            time
        );
        _observation = new(
            "observation",
            TimeSpan.FromSeconds(1),
            TimeSpan.FromMilliseconds(150),
            ObserveAsync,
            loggers.CreateLogger<Leadership>(),
            time
        );
        _secondLook = new(
            "second look",
            SecondLook,
            TimeSpan.Zero,
            LookAgainAsync,
            loggers.CreateLogger<Leadership>(),
            time
        );
        _defaultPool = new(with);
        _secrets = new(with.Client);
        _apiKeys = new(
            with.Client,
            store,
            _observed,
            _tenants,
            caches,
            with.Options.ApiKeys,
            loggers.CreateLogger<ApiKeys>(),
            time
        );
        var sessions = new SessionReconciler(
            applier,
            caches,
            _sessions,
            _shards,
            _pools,
            _secrets,
            with.Events,
            () => DatabaseAnswers,
            time
        );
        var tenants = new TenantReconciler(
            with.Client,
            applier,
            store,
            _tenants,
            caches,
            name => _projector.TenantRefusal(name) ?? _apiKeys.TroubleOf(name),
            with.Events,
            time
        );
        _poolReconciler = new PoolReconciler(
            new(
                with.Client,
                applier,
                store,
                _observed,
                _sessions,
                _shards,
                _pools,
                _placement,
                caches,
                with.Hints,
                with.Events,
                with.Options.SessionPod,
                () => DatabaseAnswers,
                time
            )
        );
        _sessionController = Controller("session", sessions, workers: 8);
        _finalizers = Controller(
            "session-finalizer",
            new SessionFinalizer(with.Client, caches, _sessions),
            workers: 8
        );
        _tenantController = Controller("tenant", tenants, workers: 2);
        _poolController = Controller("pool", _poolReconciler, workers: 1);
        sessions.Wrote = (key, obj) =>
            _sessionController.Expectations.ExpectAtLeast(key, caches.Sessions, obj);
        tenants.Wrote = (key, obj) =>
            _tenantController.Expectations.ExpectAtLeast(key, caches.Tenants, obj);
        _poolReconciler.Wrote = (key, obj) =>
            _poolController.Expectations.ExpectAtLeast(key, InformerOf(obj), obj);
    }

    private bool DatabaseAnswers =>
        _with.Time.GetElapsedTime(Volatile.Read(ref _observedAt)) < Freshness;

    /// <summary>Reads all that the database knows.</summary>
    public async Task LoadAsync(CancellationToken ct)
    {
        var retained = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var stored in await _observed.ReadSessionsAsync(ct))
            if (stored.Row.Desired == DesiredState.Retained)
                retained[stored.Row.Uid] = stored.Id;
            else if (_with.Caches.Watches(stored.Row.Namespace))
                _sessions.Load(stored);
        foreach (var id in retained.Values)
            _projector.LoadRetained(id, null);
        foreach (var placed in await _observed.ReadPlacementsAsync(ct))
            if (_sessions.Find(placed.SessionId) is { } facts)
                _sessions.UpdateKnown(
                    facts.Uid,
                    f => f with { Shard = placed.Shard, PlacedBecause = placed.Reason }
                );
        foreach (var seen in await _states.LookAsync(ct))
            if (retained.TryGetValue(seen.Uid, out var id))
                _projector.LoadRetained(id, seen);
    }

    /// <summary>Runs the term.</summary>
    /// <exception cref="StaleTermException">The term is over.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var metrics = LeaderMetrics.Process.Show(
            _with.Caches.Sessions.Store,
            _shards,
            () =>
                [new(Reasons.OwnerRemains, _claims.Held), new(Reasons.RemovalHeld, _projector.Held)]
        );
        Connect();
        // What is decided later rests on these: shards that were not judged yet look lost, and sessions that were not looked
        // at yet look as if nothing kept them from running.
        var known = Task.WhenAll(_observation.Done, _projector.Settled);
        var running = new List<Task>
        {
            _over.Task,
            _observation.RunAsync(stop.Token),
            _projector.Loop.RunAsync(stop.Token),
            _defaultPool.RunAsync(stop.Token),
            _apiKeys.Loop.RunAsync(stop.Token),
            AfterAsync(known, _secondLook.RunAsync, stop.Token),
            AfterAsync(known, _placement.Loop.RunAsync, stop.Token),
            AfterAsync(known, _sessionController.RunAsync, stop.Token),
            AfterAsync(known, _finalizers.RunAsync, stop.Token),
            AfterAsync(known, _tenantController.RunAsync, stop.Token),
            AfterAsync(known, _poolController.RunAsync, stop.Token),
        };
        await using var ended = stop.Token.UnsafeRegister(_ => _over.TrySetResult(), null);
        var first = await Task.WhenAny(running);
        await stop.CancelAsync();
        await Task.WhenAll(running).ContinueWith(_ => { }, TaskScheduler.Default);
        _sessionController.Dispose();
        _finalizers.Dispose();
        _tenantController.Dispose();
        _poolController.Dispose();
        await first;
    }

    private static async Task AfterAsync(
        Task known,
        Func<CancellationToken, Task> run,
        CancellationToken ct
    )
    {
        await known.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!ct.IsCancellationRequested)
            await run(ct);
    }

    private async Task ObserveAsync(CancellationToken ct)
    {
        SeeRedis();
        var sent = _with.Time.GetTimestamp();
        await _judge.LookAsync(ct);
        _observation.Interval = _judge.Pace;
        await _states.LookAsync(ct);
        await _claims.LookAsync(ct);
        Volatile.Write(ref _observedAt, sent);
    }

    /// <summary>Pools tell how the operator gets on with Redis.</summary>
    private void SeeRedis()
    {
        var now = _with.Hints.Fault;
        if (_redis == now)
            return;
        _redis = now;
        EachPool(CountLater);
    }

    private async Task LookAgainAsync(CancellationToken ct)
    {
        foreach (var facts in _sessions.All())
            if (facts.Trouble is not null)
                _projector.Enqueue(facts.Name);
        await _poolReconciler.SweepAsync(ct);
        await _store.ExpireRetainedAsync(TimeSpan.FromDays(_with.Options.Claims.RetainedDays), ct);
    }

    /// <summary>Who wakes whom.</summary>
    private void Connect()
    {
        var caches = _with.Caches;
        _sessions.OnChanged(Tell);
        _projector.Changed = _placement.Loop.Wake;
        // Before it has a row there is nowhere to put its keys.
        _projector.TenantWritten = _apiKeys.Enqueue;
        _projector.TenantRefusalChanged = t => _tenantController.Queue.Add(t);
        _apiKeys.TroubleChanged = t => _tenantController.Queue.Add(t);
        _placement.Changed = () => EachPool(CountLater);
        _judge.Changed = OnShard;
        _pools.ClaimsChanged = OnClaims;
        _pods.Changed = _ => _observation.Wake();
        _with.Hints.Subscribe(HintChannels.State, _observation.Wake);
        caches.Pods.AddEventHandler(_pods);
        caches.Sessions.AddEventHandler(
            Changes.Of<WhatsAppSession>(s => _projector.Enqueue(NamespacedName.Of(s)))
        );
        caches.Tenants.AddEventHandler(
            Changes.Of<WhatsAppTenant>(t =>
            {
                _apiKeys.Enqueue(NamespacedName.Of(t));
                foreach (var session in caches.SessionsOfTenant(NamespacedName.Of(t)))
                    _projector.Enqueue(NamespacedName.Of(session));
                _placement.Loop.Wake();
            })
        );
        caches.Pools.AddEventHandler(
            Changes.Of<WhatsAppSessionPool>(p =>
            {
                foreach (var session in caches.SessionsOfPool(p.Metadata.Name!))
                    _projector.Enqueue(NamespacedName.Of(session));
                _observation.Wake();
                _placement.Loop.Wake();
            })
        );
        // Sessions that the database knows and the API server does not.
        foreach (var facts in _sessions.All())
            _projector.Enqueue(facts.Name);
        _sessionController.For(caches.Sessions);
        _tenantController.For(caches.Tenants, Changes.IsMore);
        caches.Sessions.AddEventHandler(
            new ResourceEventHandler<WhatsAppSession>
            {
                Added = (s, _) => CountLater(s),
                Updated = (_, s) => CountLater(s),
                Deleted = (s, _) => Gone(s),
            }
        );
        // A status that somebody else changed is put right, too, but never quicker than counts follow: each write of ours
        // comes by here.
        caches.Tenants.AddEventHandler(
            new ResourceEventHandler<WhatsAppTenant>
            {
                Updated = (_, t) =>
                    _tenantController.Queue.AddAfter(NamespacedName.Of(t), CountsLag),
            }
        );
        caches.Pools.AddEventHandler(
            new ResourceEventHandler<WhatsAppSessionPool> { Updated = (_, p) => CountLater(p) }
        );
        _poolController
            .For(caches.Pools, Changes.IsMore)
            .Owns<WhatsAppSessionPool, StatefulSet>(caches.StatefulSets)
            .Owns<WhatsAppSessionPool, Service>(caches.Services)
            .Watches(caches.Pods, PoolOf);
        if (caches.Budgets is { } budgets)
            _poolController.Owns<WhatsAppSessionPool, PodDisruptionBudget>(budgets);
        if (caches.BudgetsV1Beta1 is { } old)
            _poolController.Owns<WhatsAppSessionPool, PodDisruptionBudgetV1Beta1>(old);
    }

    private void Tell(SessionFacts facts)
    {
        _sessionController.Queue.Add(facts.Name);
        if (facts.NeedsFinalizer || facts.MayGo)
            _finalizers.Queue.Add(facts.Name);
        else if (facts.DeletingSince is not null)
            _projector.Enqueue(facts.Name);
        if (_with.Caches.PoolByUid(facts.Stored?.Row.PoolUid) is { } pool)
            CountLater(pool);
    }

    private void OnShard(ShardId shard)
    {
        _placement.Loop.Wake();
        if (_with.Caches.PoolByUid(shard.PoolUid) is { } pool)
            _poolController.Queue.Add(NamespacedName.Of(pool));
        foreach (var facts in _sessions.All())
            if (facts.Shard == shard)
                _sessionController.Queue.Add(facts.Name);
    }

    private void OnClaims(string poolUid)
    {
        _placement.Loop.Wake();
        foreach (var facts in _sessions.All())
            if (facts.Stored?.Row.PoolUid == poolUid)
                _sessionController.Queue.Add(facts.Name);
    }

    private void Gone(WhatsAppSession session)
    {
        _secrets.Forget(session.Metadata.Uid!);
        // Its tenant may be waiting for this.
        _tenantController.Queue.Add(Caches.TenantOf(session));
        if (_with.Caches.PoolFor(session, null) is { } pool)
            CountLater(pool);
    }

    private void EachPool(Action<WhatsAppSessionPool> act)
    {
        foreach (var pool in _with.Caches.Pools.Store)
            act(pool);
    }

    private void CountLater(WhatsAppSession session) =>
        _tenantController.Queue.AddAfter(Caches.TenantOf(session), CountsLag);

    private void CountLater(WhatsAppSessionPool pool) =>
        _poolController.Queue.AddAfter(NamespacedName.Of(pool), CountsLag);

    private static IEnumerable<NamespacedName> PoolOf(Pod pod) =>
        pod.Metadata.Label(Labels.Pool) is { } pool
            ? [new(pod.Metadata.Namespace ?? "", pool)]
            : [];

    private IInformer InformerOf(IKubernetesObject obj) =>
        obj switch
        {
            StatefulSet => _with.Caches.StatefulSets,
            Service => _with.Caches.Services,
            PodDisruptionBudget => _with.Caches.Budgets!,
            PodDisruptionBudgetV1Beta1 => _with.Caches.BudgetsV1Beta1!,
            _ => _with.Caches.Pools,
        };

    private Controller<NamespacedName> Controller(
        string name,
        IReconciler<NamespacedName> reconciler,
        int workers
    ) =>
        new(
            name,
            new FuncReconciler<NamespacedName>(
                async (key, ct) =>
                {
                    try
                    {
                        return await reconciler.ReconcileAsync(key, ct);
                    }
                    catch (StaleTermException e)
                    {
                        _over.TrySetException(e);
                        return Result.Done;
                    }
                }
            ),
            _with.Loggers,
            new() { Workers = workers },
            _with.Time
        );
}
