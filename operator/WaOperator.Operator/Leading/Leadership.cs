using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Observation;
using WaOperator.Operator.Pairing;
using WaOperator.Operator.Placement;
using WaOperator.Operator.Pools;
using WaOperator.Operator.Projection;
using WaOperator.Operator.Proxies;
using WaOperator.Operator.Sessions;
using WaOperator.Operator.Shards;
using WaOperator.Operator.Tenants;
using WaOperator.Operator.Webhooks;
using WaOperator.Resources;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Leading;

/// <summary>
/// One term of this process as the leader, and all that runs in it: loops that learn and decide, and controllers. Each says itself
/// what wakes it, a loop in its constructor and a controller in <see cref="IController{TKey}.Setup"/>. Made for one term and never
/// used again.
/// </summary>
internal sealed class Leadership
{
    private readonly LeaderTools _with;
    private readonly SessionBook _sessions = new();
    private readonly ShardBook _shards = new();
    private readonly ObservedStore _observed;
    private readonly StateObserver _states;
    private readonly ObservationLoop _observation;
    private readonly SessionProjector _projector;
    private readonly List<IRunnable> _learning;
    private readonly List<IRunnable> _acting;
    private readonly List<IController<NamespacedName>> _controllers;
    private readonly TaskCompletionSource _over = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );

    public Leadership(LeaderTools with, DesiredStore store)
    {
        _with = with;
        var (loggers, time, caches, options) = (with.Loggers, with.Time, with.Caches, with.Options);
        var tenants = new TenantBook();
        var pools = new PoolBook();
        var pods = new PodWatch();
        var applier = new StatusApplier(with.Client, Labels.ManagedByValue);
        _observed = with.Store.Observed;
        _states = new(_observed, _sessions);
        _observation = new(
            new(
                store,
                _observed,
                _shards,
                pools,
                pods,
                with.Watch.Find,
                caches,
                loggers.CreateLogger<ShardObserver>(),
                time
            ),
            _states,
            new(_observed, _sessions, _shards, pool => pools.Find(pool)?.Times.LeaseTtl, time),
            pods,
            caches,
            with.Hints,
            loggers,
            time
        );
        var proxies = new ProxyLoop(
            with.Client,
            _observed,
            caches,
            options.ApiKeys,
            loggers.CreateLogger<ProxyLoop>(),
            time
        );
        _projector = new(
            store,
            _sessions,
            tenants,
            caches,
            with.Hints,
            with.Events,
            new(with.Client, options, with.Events, time),
            proxies.Book,
            options,
            loggers,
            time
        );
        var apiKeys = new ApiKeys(
            with.Client,
            store,
            _observed,
            tenants,
            caches,
            options.ApiKeys,
            loggers.CreateLogger<ApiKeys>(),
            time
        );
        var webhooks = new WebhookProjector(
            with.Client,
            store,
            _observed,
            tenants,
            _projector.Tenants,
            caches,
            options.ApiKeys,
            loggers.CreateLogger<WebhookProjector>(),
            time
        );
        var webhookReports = new WebhookObserver(
            _observed,
            caches,
            loggers.CreateLogger<WebhookObserver>(),
            time
        );
        var placement = new PlacementLoop(
            store,
            _observed,
            with.Watch,
            _sessions,
            _shards,
            pools,
            tenants,
            _projector,
            caches,
            with.Hints,
            new(_observed, pools),
            new(
                pools,
                _shards,
                caches,
                with.Events,
                loggers.CreateLogger<PoolScaler>(),
                TimeSpan.FromMinutes(options.Scaling.CalmMinutes),
                time
            ),
            loggers,
            time
        );
        var poolReconciler = new PoolReconciler(
            new(
                with.Client,
                applier,
                store,
                _observed,
                _sessions,
                _shards,
                pools,
                placement,
                _observation,
                caches,
                with.Hints,
                with.Events,
                options.SessionPod,
                time
            )
        );
        _controllers =
        [
            new SessionReconciler(
                applier,
                caches,
                _sessions,
                _shards,
                pools,
                new(with.Client),
                with.Events,
                _observation,
                time
            ),
            new SessionFinalizer(with.Client, caches, _sessions),
            new TenantReconciler(
                with.Client,
                applier,
                store,
                tenants,
                caches,
                _projector.Tenants,
                apiKeys,
                with.Events,
                time
            ),
            poolReconciler,
            new WebhookReconciler(applier, webhooks, webhookReports, caches, with.Events, time),
        ];
        _learning =
        [
            _observation.Loop,
            _projector.Loop,
            new DefaultPool(with),
            apiKeys.Loop,
            proxies.Loop,
            webhooks.Loop,
            webhookReports.Loop,
        ];
        _acting =
        [
            new SecondLook(
                _sessions,
                _projector,
                poolReconciler,
                store,
                TimeSpan.FromDays(options.Claims.RetainedDays),
                loggers,
                time
            ).Loop,
            placement.Loop,
        ];
    }

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
            _projector.Retained.Load(id, null);
        foreach (var placed in await _observed.ReadPlacementsAsync(ct))
            if (_sessions.Find(placed.SessionId) is { } facts)
                _sessions.UpdateKnown(
                    facts.Uid,
                    f => f with { Shard = placed.Shard, PlacedBecause = placed.Reason }
                );
        foreach (var seen in await _states.LookAsync(ct))
            if (retained.TryGetValue(seen.Uid, out var id))
                _projector.Retained.Load(id, seen);
        // Among them those that the API server does not know any more.
        foreach (var facts in _sessions.All())
            _projector.Enqueue(facts.Name);
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
                [
                    new(Reasons.OwnerRemains, _observation.Held),
                    new(Reasons.RemovalHeld, _projector.Held),
                ]
        );
        var controllers = _controllers.ConvertAll(Build);
        // What is decided later rests on these: shards that were not judged yet look lost, and sessions that were not looked
        // at yet look as if nothing kept them from running.
        var known = Task.WhenAll(_observation.Loop.Done, _projector.Settled);
        List<Task> running =
        [
            _over.Task,
            .. _learning.Select(r => r.RunAsync(stop.Token)),
            .. _acting.Concat(controllers).Select(r => AfterAsync(known, r, stop.Token)),
        ];
        await using var ended = stop.Token.UnsafeRegister(_ => _over.TrySetResult(), null);
        var first = await Task.WhenAny(running);
        await stop.CancelAsync();
        await Task.WhenAll(running).ContinueWith(_ => { }, TaskScheduler.Default);
        controllers.ForEach(c => c.Dispose());
        await first;
    }

    private static async Task AfterAsync(Task known, IRunnable runnable, CancellationToken ct)
    {
        await known.WaitAsync(ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!ct.IsCancellationRequested)
            await runnable.RunAsync(ct);
    }

    /// <summary>The controller of a reconciler; it ends the term when another leader has begun.</summary>
    private Controller<NamespacedName> Build(IController<NamespacedName> reconciler)
    {
        var builder = new ControllerBuilder<NamespacedName>(_with.Loggers, _with.Time);
        reconciler.Setup(builder);
        return builder.Build(
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
            )
        );
    }
}
