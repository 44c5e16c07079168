using WaOperator.Store;

namespace WaOperator.SessionPod.Lease;

/// <summary>The lease times of a pool, checked.</summary>
/// <param name="Ttl">Life of the lease by the database's clock.</param>
/// <param name="RenewEvery">Time from the sending of one renewal to the next.</param>
/// <param name="ActDeadline">How long after the sending of the last good renewal the pod may act.</param>
/// <param name="SilentLimit">How long after the act deadline sockets stay open.</param>
internal sealed record LeaseTimings(
    TimeSpan Ttl,
    TimeSpan RenewEvery,
    TimeSpan ActDeadline,
    TimeSpan SilentLimit
)
{
    /// <summary>Reads and checks the times of a pool.</summary>
    /// <exception cref="ArgumentException">They do not fit together; says which and how they must.</exception>
    public static LeaseTimings From(PoolSettings pool)
    {
        if (pool.LeaseTtlMs is < 300 or > 600_000)
            throw new ArgumentException(
                $"the lease's life is {pool.LeaseTtlMs} ms; it must be 300 to 600000 ms",
                nameof(pool)
            );
        if (
            pool.LeaseRenewMs <= 0
            || pool.LeaseRenewMs >= pool.ActDeadlineMs
            || pool.ActDeadlineMs >= pool.LeaseTtlMs
        )
            throw new ArgumentException(
                $"the lease is renewed every {pool.LeaseRenewMs} ms, its act deadline is {pool.ActDeadlineMs} ms and its life {pool.LeaseTtlMs} ms; each must be shorter than the next",
                nameof(pool)
            );
        if (pool.SilentLimitMs < 0)
            throw new ArgumentException(
                $"the silent limit is {pool.SilentLimitMs} ms; it must be 0 or more",
                nameof(pool)
            );
        return new(
            TimeSpan.FromMilliseconds(pool.LeaseTtlMs),
            TimeSpan.FromMilliseconds(pool.LeaseRenewMs),
            TimeSpan.FromMilliseconds(pool.ActDeadlineMs),
            TimeSpan.FromMilliseconds(pool.SilentLimitMs)
        );
    }

    /// <summary>How soon a failed renewal or a refused acquisition is tried again.</summary>
    public TimeSpan RetryAfter =>
        RenewEvery / 4 < TimeSpan.FromMilliseconds(500)
            ? RenewEvery / 4
            : TimeSpan.FromMilliseconds(500);
}
