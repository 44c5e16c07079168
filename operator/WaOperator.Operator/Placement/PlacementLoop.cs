using System.Diagnostics;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Operator.Leading;
using WaOperator.Operator.Pools;
using WaOperator.Operator.Projection;
using WaOperator.Operator.Sessions;
using WaOperator.Operator.Shards;
using WaOperator.Operator.Tenants;
using WaOperator.Resources;
using WaOperator.Signals;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Placement;

/// <summary>
/// Has the engine plan and carries the plan out: rows first, then the leader's own view, then hints to the shards. Woken by
/// changes; without, it looks slowly.
/// </summary>
/// <remarks>
/// An absence of the database moves no one. While it lasts nothing is decided. A plan that was made before it is not written
/// after it. A plan that was being written when it began may stand in the database or not, so what stands there is read again.
/// And for a lease's life from its end only who has lost a shard is placed again (<see cref="PlacementPool.Holds"/>): a rebalance, an
/// eviction or a drain would go by shards and measurements of before.
/// </remarks>
internal sealed partial class PlacementLoop
{
    private const int MaxRounds = 5;
    private readonly DesiredStore _store;
    private readonly ObservedStore _observed;
    private readonly DatabaseWatch _watch;
    private readonly SessionBook _book;
    private readonly ShardBook _shards;
    private readonly PoolBook _pools;
    private readonly TenantBook _tenants;
    private readonly Caches _caches;
    private readonly IHints _hints;
    private readonly MemoryBook _memory;
    private readonly PoolScaler _scaler;
    private readonly PlacementHistory _history;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private long? _steadySince;
    private bool _failed;

    public PlacementLoop(
        DesiredStore store,
        ObservedStore observed,
        DatabaseWatch watch,
        SessionBook book,
        ShardBook shards,
        PoolBook pools,
        TenantBook tenants,
        SessionProjector projector,
        Caches caches,
        IHints hints,
        MemoryBook memory,
        PoolScaler scaler,
        ILoggerFactory loggers,
        TimeProvider time
    )
    {
        (_store, _book, _shards, _pools, _tenants) = (store, book, shards, pools, tenants);
        (_caches, _hints, _memory, _scaler, _time) = (caches, hints, memory, scaler, time);
        (_observed, _watch, _steadySince) = (observed, watch, watch.SteadySince);
        _history = new(time);
        _logger = loggers.CreateLogger<PlacementLoop>();
        Loop = new(
            "placement",
            TimeSpan.FromSeconds(5),
            TimeSpan.FromMilliseconds(50),
            StepAsync,
            _logger,
            time
        );
        projector.Projected.Subscribe(_ => Loop.Wake());
        shards.Changed.Subscribe(_ => Loop.Wake());
        pools.ClaimsChanged.Subscribe(_ => Loop.Wake());
        caches.Tenants.AddEventHandler(ObjectChanges.Of<WhatsAppTenant>(_ => Loop.Wake()));
        caches.Pools.AddEventHandler(ObjectChanges.Of<WhatsAppSessionPool>(_ => Loop.Wake()));
    }

    /// <summary>Runs it.</summary>
    public Loop Loop { get; }

    /// <summary>The loads after the latest plan, by shard.</summary>
    public IReadOnlyDictionary<ShardId, ShardLoad> Loads { get; private set; } =
        new Dictionary<ShardId, ShardLoad>();

    /// <summary>A plan changed the loads or the size of a pool: the loads as they are now.</summary>
    public Signal<IReadOnlyDictionary<ShardId, ShardLoad>> Planned { get; } = new();

    private async Task StepAsync(CancellationToken ct)
    {
        try
        {
            await CatchUpAsync(ct);
            await _memory.LookAsync(ct);
            for (var round = 0; round < MaxRounds; round++)
                if (!await PlanAsync(ct))
                    return;
            Loop.Wake();
        }
        catch
        {
            _failed = true;
            throw;
        }
    }

    /// <summary>Begins again after an absence of the database.</summary>
    private async Task CatchUpAsync(CancellationToken ct)
    {
        var since = _watch.SteadySince;
        var interrupted = _failed || since != _steadySince;
        if (interrupted || since is null)
            _history.Interrupted();
        if (!interrupted)
            return;
        _memory.Interrupted();
        var known = _book.All();
        var rows = (await _observed.ReadPlacementsAsync(ct)).ToDictionary(p => p.SessionId);
        foreach (var facts in known)
            if (facts.Stored is { Id: var id } && rows.GetValueOrDefault(id) is var row)
                if (row?.Shard != facts.Shard)
                    _book.UpdateKnown(facts.Uid, f => f.Shard == facts.Shard ? Placed(f, row) : f);
        (_steadySince, _failed) = (since, false);
    }

    private static SessionFacts Placed(SessionFacts facts, PlacementRow? row) =>
        facts with
        {
            Shard = row?.Shard,
            PlacedBecause = row?.Reason ?? "",
        };

    /// <summary>One plan; true when it changed something, so that the places it freed can be given away by another.</summary>
    private async Task<bool> PlanAsync(CancellationToken ct)
    {
        var start = _time.GetTimestamp();
        var all = _book.All();
        var scene = new PlacementScene(
            all,
            _pools.All().Where(p => _shards.IsJudged(p.Key)).ToDictionary(),
            _history,
            _shards,
            _memory,
            f => _caches.Sessions.Store[f.Name],
            LimitOf
        );
        var plan = PlacementEngine.Plan(scene.Input);
        var changes = Changes(all, scene, plan);
        PlacementMetrics.Planned(_time.GetElapsedTime(start));
        if (!await _store.TryPlaceAsync(changes, () => _watch.SteadySince == _steadySince, ct))
        {
            Loop.Wake();
            return false;
        }
        Apply(changes, scene, plan);
        _memory.Keep(id => _book.Find(id) is not null);
        var before = Loads;
        Loads = plan.Shards.ToDictionary(l => scene.ShardOf(l.Shard)!.Value);
        var resized = _scaler.Scale(scene, plan);
        if (resized || changes.Count > 0 || !Same(before, Loads))
            Planned.Emit(Loads);
        if (plan.Deferred > 0)
            Loop.WakeAfter(TimeSpan.FromSeconds(1));
        return changes.Count > 0;
    }

    /// <summary>What changes in the rows: the plan's decisions, and the places of those who do not run any more.</summary>
    private static List<PlacementChange> Changes(
        IReadOnlyList<SessionFacts> all,
        PlacementScene scene,
        PlacementPlan plan
    ) =>
        [
            .. all.Where(f => f is { Shard: not null, Stored: not null, WantsToRun: false })
                .Select(f => new PlacementChange(f.Stored!.Id, null, Reasons.Stopped)),
            .. plan.Changes.Select(c => new PlacementChange(
                scene.Facts[c.Session].Stored!.Id,
                scene.ShardOf(c.To),
                Reasons.Of(c.Reason)
            )),
        ];

    private void Apply(List<PlacementChange> changes, PlacementScene scene, PlacementPlan plan)
    {
        var touched = new HashSet<ShardId>();
        foreach (var change in changes)
        {
            if (_book.Find(change.SessionId) is not { } facts)
                continue;
            foreach (var shard in new[] { facts.Shard, change.Shard })
                if (shard is { } s)
                    touched.Add(s);
            _book.UpdateKnown(
                facts.Uid,
                f =>
                    f with
                    {
                        Shard = change.Shard,
                        PlacedBecause = change.Shard is null ? "" : change.Reason,
                        Waits = null,
                    }
            );
            Log.Changed(_logger, facts.Name, facts.Shard, change.Shard, change.Reason);
        }
        foreach (var waiting in plan.Unplaced)
            _book.UpdateKnown(
                scene.Facts[waiting.Session].Uid,
                f => f with { Waits = waiting.Reason }
            );
        foreach (var decision in plan.Changes)
            PlacementMetrics.Decided(decision.Reason);
        foreach (var evicted in plan.Changes.Where(c => c.Reason == PlacementReason.Evicted))
            _memory.Relieved(scene.ShardOf(evicted.From)!.Value);
        _history.Planned(scene, plan);
        foreach (var shard in touched)
            _hints.Publish(HintChannels.Placement(shard));
    }

    /// <summary>A tenant that is unknown or invalid gets nothing new.</summary>
    private Capacity LimitOf(long tenantId) =>
        _tenants.NameOf(tenantId) is { } name
        && _caches.Tenants.Store[name] is { } tenant
        && Validity.Of(tenant).Count == 0
            ? new(
                tenant.Spec.Limits.Sessions,
                tenant.Spec.Limits.Memory?.ToBytes() ?? long.MaxValue
            )
            : default;

    private static bool Same(
        IReadOnlyDictionary<ShardId, ShardLoad> a,
        IReadOnlyDictionary<ShardId, ShardLoad> b
    ) => a.Count == b.Count && a.All(p => b.TryGetValue(p.Key, out var other) && other == p.Value);

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.PlacementLoopChanged,
            LogLevel.Information,
            "{Session}: {From} -> {To} ({Reason})"
        )]
        public static partial void Changed(
            ILogger logger,
            Kubernetes.Objects.NamespacedName session,
            ShardId? from,
            ShardId? to,
            string reason
        );
    }
}
