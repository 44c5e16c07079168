using WaOperator.Operator.Placement;
using WaOperator.Operator.Shards;
using WaOperator.Resources;
using WaOperator.Store;

namespace WaOperator.Operator.Pools;

/// <summary>What of a pool's declaration decides about its shards and sessions.</summary>
/// <param name="Shards">How many shards it should have now.</param>
/// <param name="MinShards">It never should have fewer.</param>
/// <param name="MaxShards">It may grow to so many.</param>
/// <param name="PerShard">What a shard may hold.</param>
/// <param name="Times">The times by which its shards are judged.</param>
/// <param name="MovesPerMinute">How fast sessions that run may be moved.</param>
public sealed record PoolTerms(
    int Shards,
    int MinShards,
    int MaxShards,
    Capacity PerShard,
    ShardTerms Times,
    int MovesPerMinute
)
{
    /// <summary>What one session may claim. No bound while the pool's own is unknown: sessions that run there keep their claims.</summary>
    public SessionClaim PerSession { get; init; } = SessionClaim.Unlimited;

    /// <summary>The terms of a valid pool.</summary>
    /// <param name="spec">What is declared.</param>
    /// <param name="shards">How many shards it had until now; what is declared bounds it.</param>
    public static PoolTerms Of(PoolSpec spec, int shards)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var (min, max) = (spec.Shards.Min, Math.Max(spec.Shards.Min, spec.Shards.Max ?? 0));
        return new(
            Math.Clamp(shards, min, max),
            min,
            max,
            new(spec.PerShard.Sessions, spec.PerShard.Memory.ToBytes()),
            new(
                TimeSpan.FromSeconds(spec.Lease.TtlSeconds),
                TimeSpan.FromSeconds(spec.Lease.RenewSeconds),
                TimeSpan.FromSeconds(spec.FailoverAfterSeconds)
            ),
            spec.MovesPerMinute
        )
        {
            PerSession = new(
                spec.PerSession.MaxMemoryEstimate.ToBytes(),
                spec.PerSession.MaxPriority
            ),
        };
    }

    /// <summary>
    /// The terms of a pool that is invalid and was not seen valid by this leader: what runs continues under the times that the
    /// pods were told last, and no one new is taken.
    /// </summary>
    /// <param name="settings">What the pods were told last.</param>
    /// <param name="replicas">How many pods there are.</param>
    public static PoolTerms Frozen(PoolSettings? settings, int replicas)
    {
        settings ??= new();
        return new(
            replicas,
            replicas,
            replicas,
            new(0, 0),
            new(
                TimeSpan.FromMilliseconds(settings.LeaseTtlMs),
                TimeSpan.FromMilliseconds(settings.LeaseRenewMs),
                TimeSpan.FromSeconds(new PoolSpec().FailoverAfterSeconds)
            ),
            0
        );
    }

    /// <summary>What the pods are told.</summary>
    public static PoolSettings SettingsOf(PoolSpec spec, int shards)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return new()
        {
            LeaseTtlMs = spec.Lease.TtlSeconds * 1000,
            LeaseRenewMs = spec.Lease.RenewSeconds * 1000,
            ActDeadlineMs = spec.Lease.ActSeconds * 1000,
            SilentLimitMs = spec.Lease.SilentSeconds * 1000,
            LoginsPerSecond = spec.LoginsPerSecond,
            Shards = Math.Max(1, shards),
            PreKeys = spec.PreKeys,
            SuspectDeviceIdAbove = spec.SuspectDeviceIdAbove,
            LogLevel = spec.LogLevel,
        };
    }
}
