using System.ComponentModel.DataAnnotations;

namespace WaOperator.Kubernetes.LeaderElection;

/// <summary>
/// Who tries to acquire the lease, which one, and how fast. The times are shorter than client-go's 15/10/2 s, since a lost leader
/// delays the recovery of everything else. They must keep
/// <c>LeaseDuration &gt; RenewDeadline &gt; RetryPeriod x (1 + Jitter)</c>, and all candidates should have the same.
/// </summary>
public sealed record LeaderElectionOptions
{
    /// <summary>Name of the Lease object.</summary>
    public required string LeaseName { get; init; }

    /// <summary>Namespace of the Lease object.</summary>
    public required string Namespace { get; init; }

    /// <summary>Who this is: unique to this process, not only to its pod, for a restarted one is another.</summary>
    public required string Identity { get; init; }

    /// <summary>How long others wait, since the record last changed, before they take over. Whole seconds. Default 6 s.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>A leader that could not renew for this long stops leading. Default 4 s.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>Time between two attempts to get or to renew. Default 1 s.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Attempts to get are spread by a random part of up to this much. Default 0.2.</summary>
    public double Jitter { get; init; } = 0.2;

    /// <summary>Says what is wrong.</summary>
    /// <exception cref="ValidationException">The times do not fit together, or a name is missing.</exception>
    public void Validate()
    {
        foreach (
            var (name, value) in new[]
            {
                (nameof(LeaseName), LeaseName),
                (nameof(Namespace), Namespace),
                (nameof(Identity), Identity),
            }
        )
            if (string.IsNullOrWhiteSpace(value))
                throw new ValidationException($"leader election: {name} is missing");
        if (RetryPeriod <= TimeSpan.Zero || Jitter < 0)
            throw new ValidationException(
                "leader election: RetryPeriod must be above 0 and Jitter not below 0"
            );
        if (RenewDeadline <= RetryPeriod * (1 + Jitter))
            throw new ValidationException(
                $"leader election: RenewDeadline ({RenewDeadline.TotalSeconds} s) must be above RetryPeriod x (1 + Jitter) ({RetryPeriod.TotalSeconds * (1 + Jitter)} s)"
            );
        if (LeaseDuration <= RenewDeadline)
            throw new ValidationException(
                $"leader election: LeaseDuration ({LeaseDuration.TotalSeconds} s) must be above RenewDeadline ({RenewDeadline.TotalSeconds} s)"
            );
        if (LeaseDuration.Ticks % TimeSpan.TicksPerSecond != 0)
            throw new ValidationException(
                $"leader election: LeaseDuration ({LeaseDuration.TotalSeconds} s) must be whole seconds"
            );
    }
}

/// <summary>The lease could not be renewed in time or is held by another: this process must act no more.</summary>
public sealed class LeadershipLostException(string message) : Exception(message);
