using System.Collections.Concurrent;
using System.Data.Common;
using System.Net.Sockets;
using Npgsql;
using WaOperator.Operator.Shards;
using WaOperator.Ownership.Judging;
using WaOperator.Ownership.Owners;
using WaOperator.Store.Desired;
using WaOperator.Store.Leases;
using WaOperator.Store.Observed;

namespace WaOperator.Ownership.Schedules;

/// <summary>What all operators of one schedule share: the cluster.</summary>
/// <param name="PoolUid">The pool.</param>
/// <param name="Sessions">Its sessions.</param>
internal sealed record Cluster(string PoolUid, IReadOnlyList<long> Sessions)
{
    /// <summary>UID of the pod that each ordinal has now.</summary>
    public ConcurrentDictionary<int, string> Pods { get; } = new();

    /// <summary>Pods whose containers kubelet saw terminate.</summary>
    public ConcurrentDictionary<string, bool> Terminated { get; } = new();

    /// <summary>Where somebody wants a session; served once.</summary>
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

    private readonly ShardTerms terms = new(
        mutation == Mutation.HastyOperator ? Ttl / 5 : Ttl,
        TimeSpan.FromMilliseconds(Owner.Times.LeaseRenewMs),
        Ttl
    );
    private readonly ObservedStore observed = new(database);
    private readonly Dictionary<ShardId, LeaseWatch> watches = [];

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
            }
            await Pause.ForAsync(30, ct);
        }
    }

    private async Task LookAsync(DesiredStore store, CancellationToken ct)
    {
        var sent = time.GetTimestamp();
        var leases = await observed.ReadLeasesAsync(ct);
        var received = time.GetTimestamp();
        var verdicts = new Dictionary<int, ShardState>();
        foreach (var lease in leases.Where(l => l.Shard.PoolUid == cluster.PoolUid))
        {
            var watch = LeaseWatch.Next(
                watches.GetValueOrDefault(lease.Shard),
                lease,
                sent,
                received,
                Ttl / 3,
                time
            );
            var uid = cluster.Pods.GetValueOrDefault(lease.Shard.Ordinal, "");
            var verdict = ShardJudge.Decide(
                new(
                    watch,
                    new(uid, $"pod-{lease.Shard.Ordinal}", true, false, false, false, null),
                    cluster.Terminated.ContainsKey(lease.PodUid),
                    false,
                    false
                ),
                terms
            );
            watches[lease.Shard] = watch.Decided(verdict.IsAway);
            verdicts[lease.Shard.Ordinal] = verdict.State;
            await ActAsync(store, lease, verdict.Act, uid, ct);
        }
        await PlaceAsync(store, verdicts, ct);
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
        var placed = (await observed.ReadPlacementsAsync(ct)).ToDictionary(p => p.SessionId);
        foreach (var id in cluster.Sessions)
            if (cluster.Wishes.TryRemove(id, out var wish))
                changes.Add(new(id, new(cluster.PoolUid, wish), "Drained"));
            else if (
                serving.Length > 0
                && placed.TryGetValue(id, out var now)
                && verdicts.GetValueOrDefault(now.Shard.Ordinal) == ShardState.Lost
            )
                changes.Add(
                    new(id, new(cluster.PoolUid, serving[random.Next(serving.Length)]), "Hashed")
                );
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
