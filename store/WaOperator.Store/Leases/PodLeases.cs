using Npgsql;

namespace WaOperator.Store.Leases;

/// <summary>
/// A pod's side of its lease. Times are the database's; the caller counts its act deadline from <em>before</em> it sent the call.
/// All calls throw <see cref="NpgsqlException"/> while the database is away: nothing is known then, and nothing may be assumed.
/// </summary>
public sealed class PodLeases(NpgsqlDataSource database)
{
    /// <summary>Takes the lease with a new epoch if nobody else may still act.</summary>
    public async Task<Acquisition> AcquireAsync(
        ShardId shard,
        string podUid,
        string podName,
        Guid process,
        TimeSpan ttl,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            "select epoch, held_by from wa.lease_acquire($1, $2, $3, $4, $5, $6)",
            shard.PoolUid,
            shard.Ordinal,
            podUid,
            podName,
            process,
            ttl
        );
        return (
            await command.ReadAllAsync(
                r => new Acquisition(r.ValueOrNull<long>(0), r.GetString(1)),
                ct
            )
        ).Single();
    }

    /// <summary>Renews for all sessions of the pod in one statement.</summary>
    public async Task<Renewal> RenewAsync(
        ShardId shard,
        long epoch,
        Guid process,
        TimeSpan ttl,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            "select outcome, step_down from wa.lease_renew($1, $2, $3, $4, $5)",
            shard.PoolUid,
            shard.Ordinal,
            epoch,
            process,
            ttl
        );
        return (
            await command.ReadAllAsync(
                r => new Renewal(Enum.Parse<RenewOutcome>(r.GetString(0)), r.GetBoolean(1)),
                ct
            )
        ).Single();
    }

    /// <summary>Gives the lease back. False: it was not held any more.</summary>
    public async Task<bool> ReleaseAsync(
        ShardId shard,
        long epoch,
        Guid process,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            "select wa.lease_release($1, $2, $3, $4)",
            shard.PoolUid,
            shard.Ordinal,
            epoch,
            process
        );
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }
}
