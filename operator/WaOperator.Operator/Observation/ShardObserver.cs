using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Pools;
using WaOperator.Operator.Shards;
using WaOperator.Resources;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Observation;

/// <summary>
/// Reads all leases, judges each shard and does what follows for its lease. Everything that one look decides comes from that
/// look: when the database does not answer, nothing is decided.
/// </summary>
internal sealed partial class ShardObserver(
    DesiredStore store,
    ObservedStore observed,
    ShardBook shards,
    PoolBook pools,
    PodWatch pods,
    Func<ShardId, LeaseWatch?> seenBefore,
    Caches caches,
    ILogger<ShardObserver> logger,
    TimeProvider time
)
{
    private static readonly TimeSpan SlowestPace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan QuickestPace = TimeSpan.FromMilliseconds(100);
    private readonly Dictionary<ShardId, LeaseWatch> _watches = [];
    private readonly Dictionary<ShardId, string> _registered = [];

    /// <summary>
    /// How often to look: every second, and often enough that several looks fit into a third of the shortest lease, which
    /// is the longest pause after which standing still is still counted.
    /// </summary>
    public TimeSpan Pace { get; private set; } = SlowestPace;

    /// <summary>One look.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
        var sent = time.GetTimestamp();
        var leases = (await observed.ReadLeasesAsync(ct)).ToDictionary(l => l.Shard);
        var received = time.GetTimestamp();
        var held = leases
            .Values.Where(l => l.State == LeaseState.Held)
            .ToLookup(l => l.Shard.PoolUid, StringComparer.Ordinal);
        var present = new HashSet<string>(StringComparer.Ordinal);
        foreach (var pool in caches.Pools.Store)
        {
            var uid = pool.Metadata.Uid!;
            present.Add(uid);
            if (!pools.See(pool, caches.ReplicasOf(pool)))
                pools.Freeze(
                    uid,
                    PoolTerms.Frozen(
                        (await observed.ReadPoolAsync(uid, ct))?.Settings,
                        caches.ReplicasOf(pool)
                    )
                );
            await JudgePoolAsync(pool, pools.Find(uid)!, leases, held[uid], sent, received, ct);
        }
        pools.Keep(present);
        var strays = held.Where(pool => !present.Contains(pool.Key))
            .SelectMany(pool => pool)
            .ToList();
        foreach (var stray in strays)
            await JudgeStrayAsync(stray, sent, received, ct);
        Pace = PaceOf(
            pools
                .All()
                .Values.Select(t => t.Times.LeaseTtl)
                .Concat(strays.Select(l => l.Ttl).Where(t => t > TimeSpan.Zero))
        );
        foreach (var gone in shards.PoolUids().Except(present, StringComparer.Ordinal))
        {
            Forget(gone, []);
            shards.Forget(gone);
        }
        foreach (var id in _watches.Keys.Where(id => !leases.ContainsKey(id)).ToList())
            _watches.Remove(id);
    }

    /// <summary>
    /// A lease whose pool is not there any more, or not seen here, is judged by what its holder was promised: until it is over, the
    /// sessions of that shard are no one else's.
    /// </summary>
    private async Task JudgeStrayAsync(
        ShardLease lease,
        long sent,
        long received,
        CancellationToken ct
    )
    {
        var watch = Watch(lease, sent, received, lease.Ttl / 3);
        var verdict = ShardJudge.Decide(
            new(
                watch,
                null,
                pods.IsTerminated(lease.PodUid),
                IsOutOfService(lease.PodUid),
                Leaving: true
            ),
            new(lease.Ttl, lease.Ttl / 5, TimeSpan.Zero)
        );
        _watches[lease.Shard] = watch.Decided(verdict.IsAway);
        await ActAsync(lease, verdict.Act, null, ct);
    }

    /// <summary>Only the pod that the pool's StatefulSet has under an ordinal may take its lease.</summary>
    private async Task RegisterAsync(ShardId shard, string podUid, CancellationToken ct)
    {
        if (
            _registered.GetValueOrDefault(shard) != podUid
            && await store.RegisterPodAsync(shard, podUid, ct)
        )
            _registered[shard] = podUid;
    }

    private LeaseWatch Watch(ShardLease lease, long sent, long received, TimeSpan maxGap) =>
        LeaseWatch.Next(
            _watches.GetValueOrDefault(lease.Shard) ?? seenBefore(lease.Shard),
            lease,
            sent,
            received,
            maxGap,
            time
        );

    private async Task JudgePoolAsync(
        WhatsAppSessionPool pool,
        PoolTerms terms,
        Dictionary<ShardId, ShardLease> leases,
        IEnumerable<ShardLease> held,
        long sent,
        long received,
        CancellationToken ct
    )
    {
        var uid = pool.Metadata.Uid!;
        var replicas = caches.ReplicasOf(pool);
        var drained = PoolDrain.Of(pool).Ordinals;
        var ordinals = Enumerable.Range(0, Math.Max(terms.Shards, replicas)).ToHashSet();
        // Beyond the replicas only while a pod still holds a lease there.
        ordinals.UnionWith(held.Select(l => l.Shard.Ordinal));
        foreach (var ordinal in ordinals.Order())
        {
            var id = new ShardId(uid, ordinal);
            var lease = leases.GetValueOrDefault(id);
            var watch = lease is null
                ? null
                : Watch(lease, sent, received, terms.Times.LeaseTtl / 3);
            var pod = caches.PodOf(pool, ordinal);
            if (pod is { Metadata: { IsBeingDeleted: false, Uid: { } uidOfPod } })
                await RegisterAsync(id, uidOfPod, ct);
            var facts = new ShardFacts(
                watch,
                pod is null ? null : PodFacts.Of(pod),
                lease is not null && pods.IsTerminated(lease.PodUid),
                lease is not null && IsOutOfService(lease.PodUid),
                ordinal >= terms.Shards || drained.Contains(ordinal)
            )
            {
                PodNodeOutOfService = pod is not null && IsOutOfService(pod.Metadata.Uid!),
            };
            var times = terms.Times;
            // Who was promised more before the pool's times changed still has it.
            if (lease?.Ttl > times.LeaseTtl)
                times = times with { LeaseTtl = lease.Ttl };
            var verdict = ShardJudge.Decide(facts, times);
            if (verdict.Cause == ShardCause.Leaving && ordinal < terms.Shards)
                verdict = verdict with { Cause = ShardCause.DrainAsked };
            if (watch is not null)
                _watches[id] = watch.Decided(verdict.IsAway);
            // First the word about the lease, then what follows from it: who is sent a session must be able to claim it.
            if (lease is not null)
                await ActAsync(lease, verdict.Act, facts.Pod, ct);
            if (
                shards.Put(
                    new(
                        id,
                        verdict,
                        lease?.Epoch ?? 0,
                        received,
                        PoolNames.Pod(pool.Metadata.Name!, ordinal),
                        facts.Pod?.IsReady == true
                    )
                    {
                        IsPodOver = ShardJudge.IsPodOver(facts),
                    }
                )
            )
                Log.Judged(logger, id, verdict.State, verdict.Cause, lease?.Epoch ?? 0);
        }
        Forget(uid, ordinals);
        shards.Judged(uid);
    }

    private static TimeSpan PaceOf(IEnumerable<TimeSpan> lives)
    {
        var pace = lives.Select(l => l / 8).Append(SlowestPace).Min();
        return pace < QuickestPace ? QuickestPace : pace;
    }

    private async Task ActAsync(ShardLease lease, LeaseAct act, PodFacts? pod, CancellationToken ct)
    {
        var done = act switch
        {
            LeaseAct.DeclareLost => await store.DeclareLostAsync(
                lease.Shard,
                lease.Epoch,
                lease.Counter,
                ct
            ),
            LeaseAct.End => await store.EndLeaseAsync(lease.Shard, lease.PodUid, lease.Epoch, ct),
            LeaseAct.AskStepDown => await store.RequestStepDownAsync(
                lease.Shard,
                lease.Epoch,
                pod!.Uid,
                ct
            ),
            _ => false,
        };
        if (act != LeaseAct.None)
            Log.Acted(logger, act, lease.Shard, lease.Epoch, lease.PodUid, done);
    }

    private bool IsOutOfService(string podUid) =>
        pods.NodeOf(podUid) is { } name
        && PodWatch.IsOutOfService(caches.Nodes?.Store[new NamespacedName("", name)]);

    private void Forget(string pool, HashSet<int> kept)
    {
        foreach (var id in shards.Keep(pool, kept))
        {
            _watches.Remove(id);
            _registered.Remove(id);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.ShardObserverJudged,
            LogLevel.Information,
            "Shard {Shard} is {State} ({Cause}), lease epoch {Epoch}"
        )]
        public static partial void Judged(
            ILogger logger,
            ShardId shard,
            ShardState state,
            ShardCause cause,
            long epoch
        );

        [LoggerMessage(
            EventIds.ShardObserverActed,
            LogLevel.Warning,
            "{Act} of the lease of {Shard} (epoch {Epoch}, pod {Pod}); took effect: {Done}"
        )]
        public static partial void Acted(
            ILogger logger,
            LeaseAct act,
            ShardId shard,
            long epoch,
            string pod,
            bool done
        );
    }
}
