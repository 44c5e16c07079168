using WaOperator.SessionPod.Lease;

namespace WaOperator.Ownership.Owners;

/// <summary>All that an owner is told; goes over a pipe to owners that are processes.</summary>
/// <param name="Name">Of this very process of the pod, for the referee.</param>
/// <param name="PoolUid">The pool.</param>
/// <param name="Ordinal">The shard.</param>
/// <param name="PodUid">The pod.</param>
/// <param name="LeaseConnection">Its way to PostgreSQL for the lease.</param>
/// <param name="WorkConnection">Its way to PostgreSQL for all else.</param>
/// <param name="ClockRate">How fast its clock runs.</param>
/// <param name="Seed">Of its pauses.</param>
/// <param name="Mutation">The rule that it breaks.</param>
internal sealed record OwnerSpec(
    string Name,
    string PoolUid,
    int Ordinal,
    string PodUid,
    string LeaseConnection,
    string WorkConnection,
    double ClockRate,
    int Seed,
    Mutation Mutation
);

/// <summary>CLOCK_BOOTTIME, somewhat too fast or too slow.</summary>
internal sealed class DriftingClock(double rate) : IBootClock
{
    /// <inheritdoc/>
    public TimeSpan Now => BootClock.Instance.Now * rate;
}
