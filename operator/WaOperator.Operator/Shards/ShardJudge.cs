using WaOperator.Store.Operator;

namespace WaOperator.Operator.Shards;

/// <summary>
/// Says what a shard is: a pure function of what was seen. Whether someone else may act is never decided by one clock or by
/// an absence: an expired lease needs both clocks, and an early end needs someone's positive word that the process is gone.
/// </summary>
public static class ShardJudge
{
    /// <summary>The state of the shard, its cause, and what is to be done about its lease.</summary>
    public static ShardVerdict Decide(ShardFacts facts, ShardTerms terms)
    {
        ArgumentNullException.ThrowIfNull(facts);
        ArgumentNullException.ThrowIfNull(terms);
        if (facts.Watch is not { Lease.Epoch: > 0 } watch)
            return facts.Leaving
                ? new(ShardState.Draining, ShardCause.Leaving, LeaseAct.None)
                : new(ShardState.Joining, ShardCause.NeverHeld, LeaseAct.None);
        return watch.Lease.State switch
        {
            LeaseState.Held => Held(facts, watch, terms),
            LeaseState.Revoked => new(ShardState.Lost, ShardCause.LeaseRevoked, LeaseAct.None),
            LeaseState.Released => Back(facts, watch, terms, ShardCause.LeaseReleased),
            _ => Back(facts, watch, terms, ShardCause.LeaseEnded),
        };
    }

    /// <summary>
    /// Whether the object of a pod that is being deleted may be removed now, so that the next pod need not wait for kubelet's
    /// cleaning up, or for a kubelet that will not come back: nothing of it acts any more, by its own process's word (it gave
    /// the lease back), by kubelet's (every container terminated) or by the administrator's (its node is out of service).
    /// </summary>
    public static bool IsPodOver(ShardFacts facts)
    {
        ArgumentNullException.ThrowIfNull(facts);
        if (facts.Pod is not { IsBeingDeleted: true } pod)
            return false;
        var released =
            facts.Watch is { Lease: { State: LeaseState.Released, Epoch: > 0 } lease }
            && lease.PodUid == pod.Uid;
        return released || pod.IsTerminated || facts.PodNodeOutOfService;
    }

    private static ShardVerdict Held(ShardFacts facts, LeaseWatch watch, ShardTerms terms)
    {
        var lease = watch.Lease;
        // Half a renewal more than one was missed: no one renews just now.
        var quiet = watch.StillFor >= terms.RenewEvery * 1.5;
        if (!quiet)
            return Renewing(facts, lease);
        if (facts.HolderTerminated || facts.HolderNodeOutOfService)
            return Away(ShardCause.ProcessGone, LeaseAct.End);
        var comingBack =
            facts.Pod is { IsDown: true, IsGoing: false } pod && pod.Uid == lease.PodUid;
        var still = watch.StillFor >= terms.LeaseTtl;
        if (!lease.ExpiredByDatabase || !still)
            return comingBack ? Away(ShardCause.ProcessGone, LeaseAct.None)
                : lease.ExpiredByDatabase || still ? Away(ShardCause.LeaseDoubtful, LeaseAct.None)
                : Renewing(facts, lease);
        var declare = lease.LostDeclared ? LeaseAct.None : LeaseAct.DeclareLost;
        return comingBack && watch.AwayFor < terms.FailoverAfter && !facts.Leaving
            ? Away(ShardCause.ProcessGone, declare)
            : new(ShardState.Lost, ShardCause.LeaseExpired, declare);

        ShardVerdict Away(ShardCause cause, LeaseAct act) =>
            new(facts.Leaving ? ShardState.Draining : ShardState.Restarting, cause, act);
    }

    private static ShardVerdict Renewing(ShardFacts facts, ShardLease lease)
    {
        var waits =
            facts.Pod is { IsGoing: false } pod && pod.Uid.Length > 0 && pod.Uid != lease.PodUid;
        var act =
            waits && lease.StepDownFor != facts.Pod!.Uid ? LeaseAct.AskStepDown : LeaseAct.None;
        return facts.Leaving ? new(ShardState.Draining, ShardCause.Leaving, act)
            : waits ? new(ShardState.Serving, ShardCause.HeldByOldPod, act)
            : new(ShardState.Serving, ShardCause.LeaseHeld, act);
    }

    /// <summary>
    /// No one holds the lease. A shard that leaves does not come back, and one whose pod does not start not soon: its
    /// sessions need not wait.
    /// </summary>
    private static ShardVerdict Back(
        ShardFacts facts,
        LeaseWatch watch,
        ShardTerms terms,
        ShardCause cause
    ) =>
        facts.Leaving ? new(ShardState.Lost, cause, LeaseAct.None)
        : facts.Pod is { IsBroken: true }
            ? new(ShardState.Lost, ShardCause.PodBroken, LeaseAct.None)
        : watch.AwayFor >= terms.FailoverAfter
            ? new(ShardState.Lost, ShardCause.FailoverPassed, LeaseAct.None)
        : new(ShardState.Restarting, cause, LeaseAct.None);
}
