using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.LeaderElection;

/// <summary>
/// What a program adds to the election: which candidate may lead, and when a leader gives its lease up by plan. Candidates agree on
/// that by annotations of the Lease, which are all that a policy may change; holder and times are the elector's. An elector calls its
/// policy from one attempt at a time; it must not block.
/// </summary>
public interface ILeaderElectionPolicy
{
    /// <summary>Whether this candidate may take the lease when it is free.</summary>
    bool MayLead();

    /// <summary>This candidate sees the lease in another's hands.</summary>
    /// <returns>The lease with the annotations that it is to have; null: it stays as it is.</returns>
    Lease? Held(Lease lease);

    /// <summary>This process leads and is about to renew its lease.</summary>
    Renewal Renew(Lease lease);

    /// <summary>The lease without annotations of the policy: it is about to be taken or released.</summary>
    Lease Clear(Lease lease);
}

/// <summary>How a leader renews.</summary>
/// <param name="Lease">The lease with the annotations that it is to have.</param>
/// <param name="Resigns">The leader's work is to end, and the lease to be released.</param>
public readonly record struct Renewal(Lease Lease, bool Resigns);
