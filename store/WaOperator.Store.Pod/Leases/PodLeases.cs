using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>
/// A pod's side of its lease. Times are the database's; the caller counts its act deadline from <em>before</em> it sent the call.
/// All calls throw <see cref="NpgsqlException"/> while the database is away: nothing is known then, and nothing may be assumed.
/// </summary>
public sealed class PodLeases(NpgsqlDataSource database)
{
    private const string AcquireSql =
        "select epoch, held_by from wa.lease_take($1, $2, $3, $4, $5, $6)";
    private const string RenewSql =
        "select outcome, step_down from wa.lease_renew($1, $2, $3, $4, $5)";
    private const string ReleaseSql = "select wa.lease_release($1, $2, $3, $4)";

    /// <summary>Takes the lease with a new epoch if no other process may still act.</summary>
    public async Task<Acquisition> AcquireAsync(
        ShardId shard,
        string podUid,
        string podName,
        Guid process,
        TimeSpan ttl,
        CancellationToken ct = default
    ) =>
        (
            await database.CommitAsync(
                AcquireSql,
                [shard.PoolUid, shard.Ordinal, podUid, podName, process, ttl],
                ReadAcquisition,
                ct
            )
        ).Single();

    /// <summary><see cref="AcquireAsync"/> on the calling thread alone.</summary>
    public Acquisition Acquire(
        ShardId shard,
        string podUid,
        string podName,
        Guid process,
        TimeSpan ttl
    ) =>
        database
            .Commit(
                AcquireSql,
                [shard.PoolUid, shard.Ordinal, podUid, podName, process, ttl],
                ReadAcquisition
            )
            .Single();

    /// <summary>Renews for all sessions of the pod in one statement.</summary>
    public async Task<Renewal> RenewAsync(
        ShardId shard,
        long epoch,
        Guid process,
        TimeSpan ttl,
        CancellationToken ct = default
    ) =>
        (
            await database.CommitAsync(
                RenewSql,
                [shard.PoolUid, shard.Ordinal, epoch, process, ttl],
                ReadRenewal,
                ct
            )
        ).Single();

    /// <summary>
    /// <see cref="RenewAsync"/> on the calling thread alone: a renewal that waits for a busy thread pool would come too late.
    /// </summary>
    public Renewal Renew(ShardId shard, long epoch, Guid process, TimeSpan ttl) =>
        database
            .Commit(RenewSql, [shard.PoolUid, shard.Ordinal, epoch, process, ttl], ReadRenewal)
            .Single();

    /// <summary>Gives the lease back. False: it was not held any more.</summary>
    public async Task<bool> ReleaseAsync(
        ShardId shard,
        long epoch,
        Guid process,
        CancellationToken ct = default
    ) =>
        (
            await database.CommitAsync(
                ReleaseSql,
                [shard.PoolUid, shard.Ordinal, epoch, process],
                r => r.GetBoolean(0),
                ct
            )
        ).Single();

    /// <summary><see cref="ReleaseAsync"/> on the calling thread alone.</summary>
    public bool Release(ShardId shard, long epoch, Guid process) =>
        database
            .Commit(
                ReleaseSql,
                [shard.PoolUid, shard.Ordinal, epoch, process],
                r => r.GetBoolean(0)
            )
            .Single();

    private static Acquisition ReadAcquisition(NpgsqlDataReader r) =>
        new(r.ValueOrNull<long>(0), r.GetString(1));

    private static Renewal ReadRenewal(NpgsqlDataReader r) =>
        new(Enum.Parse<RenewOutcome>(r.GetString(0)), r.GetBoolean(1));
}
