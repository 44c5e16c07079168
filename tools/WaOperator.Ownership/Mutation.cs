namespace WaOperator.Ownership;

/// <summary>A rule of ownership taken away, to see that the referee notices.</summary>
internal enum Mutation
{
    /// <summary>The product as it is.</summary>
    None,

    /// <summary>Owners act as long as they believe in their lease: no act deadline.</summary>
    NoActDeadline,

    /// <summary>Writes check the epoch and lock nothing: WHERE EXISTS (epoch).</summary>
    PlainFence,

    /// <summary>A lease is free once the database's clock says so: the operator's word (lost_epoch, lost_counter) is ignored.</summary>
    NoWord,

    /// <summary>The operator's word survives a renewal: its counter is not compared, and renewing does not take it back.</summary>
    WordOutlivesRenewal,

    /// <summary>A take-over does not mark the lease that it took from, so that its holder renews it.</summary>
    NoRevocation,

    /// <summary>The operator gives its word after a fifth of the lease's life.</summary>
    HastyOperator,

    /// <summary>A pool's rows go as soon as it is gone, and a missing lease is free, as before migration 0007.</summary>
    PoolGoesEarly,

    /// <summary>Who asks for the fate of a commit hears at once that it was not written; no token is exchanged, so nothing is void.</summary>
    IdleQuestion,

    /// <summary>The operator judges only leases of pools whose objects it sees.</summary>
    OnlyKnownPoolsAreJudged,
}
