using System.Collections.Concurrent;
using System.Data.Common;
using System.Net.Sockets;
using Npgsql;
using WaOperator.Operator.Shards;
using WaOperator.Ownership.Judging;
using WaOperator.Ownership.Owners;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Ownership.Schedules;

/// <summary>What all operators of one schedule share: the cluster.</summary>
/// <param name="PoolUid">UID of the first pool.</param>
/// <param name="Sessions">The sessions.</param>
internal sealed record Cluster(string PoolUid, IReadOnlyList<long> Sessions)
{
    private volatile string _pool = PoolUid;
    private int _pools;

    /// <summary>UID of the pool that bears the name now.</summary>
    public string Pool => _pool;

    /// <summary>UIDs of the pools that bore it before and of which something is stored; true while their object is there.</summary>
    public ConcurrentDictionary<string, bool> Gone { get; } = new();

    /// <summary>The pool is made again: the next UID.</summary>
    public string NextPool() => $"{PoolUid}.{Interlocked.Increment(ref _pools)}";

    /// <summary>That pool bears the name from now on.</summary>
    /// <param name="next">UID of the new one.</param>
    /// <param name="seen">The old one's object is there until nothing is stored of it.</param>
    public void Replace(string next, bool seen)
    {
        Gone[_pool] = seen;
        _pool = next;
    }

    /// <summary>UID of the pod that each ordinal has now.</summary>
    public ConcurrentDictionary<int, string> Pods { get; } = new();

    /// <summary>Pods whose containers kubelet saw terminate.</summary>
    public ConcurrentDictionary<string, bool> Terminated { get; } = new();

    /// <summary>Where someone wants a session; served once.</summary>
    public ConcurrentDictionary<long, int> Wishes { get; } = new();
}

/// <summary>
/// The operator, as far as ownership goes: watches leases, judges shards and gives its word by the product's rules and statements, and
/// moves sessions away from lost shards.
/// </summary>
internal sealed class Overseer(
    NpgsqlDataSource database,
    Cluster cluster,
    TimeProvider time,
    Random random,
    Mutation mutation
)
{
    private static readonly TimeSpan Ttl = TimeSpan.FromMilliseconds(Owner.Times.LeaseTtlMs);

    private static readonly TimeSpan MaxGap = Ttl / 3;

    private readonly ShardTerms _terms = new(
        mutation == Mutation.HastyOperator ? Ttl / 5 : Ttl,
        TimeSpan.FromMilliseconds(Owner.Times.LeaseRenewMs),
        Ttl
    );
    private readonly ObservedStore _observed = new(database);
    private readonly Dictionary<ShardId, LeaseWatch> _watches = [];
    private readonly Dictionary<string, long> _tried = new(StringComparer.Ordinal);
    private long? _looked;
    private long _steadySince;
    private long _lives;
    private int _looks;
    private int _gaps;
    private int _failures;
    private string? _failure;

    /// <summary>How often it has looked at the leases for one whole life without a gap that starts the count again.</summary>
    public long Lives => Volatile.Read(ref _lives);

    /// <summary>What it did, for a report.</summary>
    public string Story =>
        $"{_looks} looks, {_gaps} of them after a gap, {_lives} lives of a lease without one, {_failures} failures{(_failure is null ? "" : $", the last: {_failure}")}";

    /// <summary>Leads until cancelled or until another leads.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        DesiredStore? store = null;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                store ??= await DesiredStore.BeginTermAsync(database, "overseer", ct);
                await LookAsync(store, ct);
            }
            catch (StaleTermException)
            {
                return;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
                when (e is DbException or TimeoutException or SocketException or IOException)
            {
                // It tries again, as the operator's loops do.
                _failures++;
                _failure = e.Message;
            }
            await Pause.ForAsync(30, ct);
        }
    }

    private async Task LookAsync(DesiredStore store, CancellationToken ct)
    {
        var sent = time.GetTimestamp();
        var leases = await _observed.ReadLeasesAsync(ct);
        var received = time.GetTimestamp();
        Count(sent, received);
        var verdicts = new Dictionary<int, ShardState>();
        var pool = cluster.Pool;
        foreach (var lease in leases)
            if (lease.Shard.PoolUid == pool)
                verdicts[lease.Shard.Ordinal] = await JudgeAsync(
                    store,
                    lease,
                    cluster.Pods.GetValueOrDefault(lease.Shard.Ordinal, ""),
                    (sent, received),
                    ct
                );
            else if (
                lease.State == LeaseState.Held
                && (
                    mutation != Mutation.OnlyKnownPoolsAreJudged
                    || cluster.Gone.GetValueOrDefault(lease.Shard.PoolUid)
                )
            )
                await JudgeAsync(store, lease, null, (sent, received), ct);
        await PlaceAsync(store, pool, verdicts, ct);
        foreach (var gone in cluster.Gone.Keys)
            // At once, and then now and then: each try makes the next look later, and looks that are too rare prove nothing.
            if (
                (!_tried.TryGetValue(gone, out var last) || time.GetElapsedTime(last) > 3 * Ttl)
                && await RemoveAsync(store, gone, ct)
            )
                cluster.Gone.TryRemove(gone, out _);
    }

    private void Count(long sent, long received)
    {
        _looks++;
        if (_looked is not { } before || time.GetElapsedTime(before, received) > MaxGap)
        {
            _gaps++;
            _steadySince = received;
        }
        else if (time.GetElapsedTime(_steadySince, sent) >= Ttl)
        {
            Interlocked.Increment(ref _lives);
            _steadySince = sent;
        }
        _looked = sent;
    }

    private Task<bool> RemoveAsync(DesiredStore store, string pool, CancellationToken ct)
    {
        _tried[pool] = time.GetTimestamp();
        return store.RemovePoolAsync(pool, ct);
    }

    private async Task<ShardState> JudgeAsync(
        DesiredStore store,
        ShardLease lease,
        string? pod,
        (long Sent, long Received) look,
        CancellationToken ct
    )
    {
        var watch = LeaseWatch.Next(
            _watches.GetValueOrDefault(lease.Shard),
            lease,
            look.Sent,
            look.Received,
            MaxGap,
            time
        );
        var verdict = ShardJudge.Decide(
            new(
                watch,
                pod is null
                    ? null
                    : new(pod, $"pod-{lease.Shard.Ordinal}", true, false, false, false, null),
                cluster.Terminated.ContainsKey(lease.PodUid),
                false,
                Leaving: pod is null
            ),
            _terms
        );
        _watches[lease.Shard] = watch.Decided(verdict.IsAway);
        await ActAsync(store, lease, verdict.Act, pod ?? "", ct);
        return verdict.State;
    }

    private static Task ActAsync(
        DesiredStore store,
        ShardLease lease,
        LeaseAct act,
        string uid,
        CancellationToken ct
    ) =>
        act switch
        {
            LeaseAct.DeclareLost => store.DeclareLostAsync(
                lease.Shard,
                lease.Epoch,
                lease.Counter,
                ct
            ),
            LeaseAct.End => store.EndLeaseAsync(lease.Shard, lease.PodUid, lease.Epoch, ct),
            LeaseAct.AskStepDown => store.RequestStepDownAsync(lease.Shard, lease.Epoch, uid, ct),
            _ => Task.CompletedTask,
        };

    private async Task PlaceAsync(
        DesiredStore store,
        string pool,
        Dictionary<int, ShardState> verdicts,
        CancellationToken ct
    )
    {
        var serving = verdicts
            .Where(v => v.Value == ShardState.Serving)
            .Select(v => v.Key)
            .Order()
            .ToArray();
        var changes = new List<PlacementChange>();
        var placed = (await _observed.ReadPlacementsAsync(ct)).ToDictionary(p => p.SessionId);
        foreach (var id in cluster.Sessions)
            if (cluster.Wishes.TryRemove(id, out var wish))
                changes.Add(new(id, new(pool, wish), "Drained"));
            else if (
                serving.Length > 0
                && placed.TryGetValue(id, out var now)
                && (
                    now.Shard.PoolUid != pool
                    || verdicts.GetValueOrDefault(now.Shard.Ordinal) == ShardState.Lost
                )
            )
                changes.Add(new(id, new(pool, serving[random.Next(serving.Length)]), "Hashed"));
        await store.PlaceAsync(changes, ct);
    }
}

/// <summary>A monotonic clock, somewhat too fast or too slow.</summary>
internal sealed class DriftingTime(double rate) : TimeProvider
{
    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override long GetTimestamp() => (Referee.Now * rate).Ticks;
}
