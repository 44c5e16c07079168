using WaOperator.Kubernetes.LeaderElection;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Operator.Election;

/// <summary>
/// The lead moves only to where the leader's work can be done, and stays where it is when no process could do it. A leader that
/// cannot do its work marks the lease as offered and leads on. A candidate that proves its own fitness after it saw the mark writes
/// that it asks; only then the leader ends its work and releases. While none could do better nothing moves, and each move goes from
/// one that cannot to one that can: there are no circles. A candidate that is not fit does not take a free lease either.
/// </summary>
/// <param name="identity">Who this candidate is.</param>
/// <param name="provenAt">
/// Timestamp, by <paramref name="time"/>, from before the last proof of fitness that succeeded was begun; null before the first. Asked
/// often, must not block.
/// </param>
/// <param name="unfitAfter">A process whose last proof is older is not fit. Above zero.</param>
/// <param name="logger">Where it says that the lease is offered, asked for and given up.</param>
/// <param name="time">The clock of proofs.</param>
internal sealed partial class FitnessPolicy(
    string identity,
    Func<long?> provenAt,
    TimeSpan unfitAfter,
    ILogger<FitnessPolicy> logger,
    TimeProvider time
) : ILeaderElectionPolicy
{
    private const string Offered = "leader-election.wa-operator.io/offered";
    private const string AskedBy = "leader-election.wa-operator.io/asked-by";
    private long? _offerSeenAt;
    private bool _abstains;
    private bool _resigned;

    private bool IsFit => provenAt() is { } proven && time.GetElapsedTime(proven) < unfitAfter;

    /// <inheritdoc/>
    public bool MayLead()
    {
        var abstains = !IsFit;
        if (abstains && !_abstains)
            Log.Abstains(logger, identity);
        _abstains = abstains;
        return !abstains;
    }

    /// <inheritdoc/>
    public Lease? Held(Lease lease)
    {
        if (lease.Metadata.Annotation(Offered) is null)
        {
            _offerSeenAt = null;
            return null;
        }
        _offerSeenAt ??= time.GetTimestamp();
        if (lease.Metadata.Annotation(AskedBy) is not null || !(provenAt() > _offerSeenAt))
            return null;
        Log.Asks(logger, identity, lease.Spec!.HolderIdentity!);
        return Marked(lease, AskedBy, identity);
    }

    /// <inheritdoc/>
    public Renewal Renew(Lease lease)
    {
        if (_resigned || IsFit)
            return new(Clear(lease), _resigned);
        if (lease.Metadata.Annotation(AskedBy) is { } asker)
        {
            _resigned = true;
            Log.Resigns(logger, identity, asker);
            return new(Clear(lease), Resigns: true);
        }
        if (lease.Metadata.Annotation(Offered) is null)
            Log.Offers(logger, identity, unfitAfter.TotalSeconds);
        return new(Marked(lease, Offered, "true"), Resigns: false);
    }

    /// <inheritdoc/>
    public Lease Clear(Lease lease) =>
        With(
            lease,
            (lease.Metadata.Annotations ?? new Dictionary<string, string>())
                .Where(a => a.Key is not (Offered or AskedBy))
                .ToDictionary(StringComparer.Ordinal)
        );

    private Lease Marked(Lease lease, string mark, string value) =>
        With(
            lease,
            new(
                Clear(lease).Metadata.Annotations ?? new Dictionary<string, string>(),
                StringComparer.Ordinal
            )
            {
                [mark] = value,
            }
        );

    private static Lease With(Lease lease, Dictionary<string, string> annotations) =>
        lease with
        {
            Metadata = lease.Metadata with
            {
                Annotations = annotations.Count > 0 ? annotations : null,
            },
        };

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.FitnessPolicyOffers,
            LogLevel.Warning,
            "{Identity} cannot do the leader's work for {Seconds} s now and offers the lease to a candidate that can"
        )]
        public static partial void Offers(ILogger logger, string identity, double seconds);

        [LoggerMessage(
            EventIds.FitnessPolicyAsks,
            LogLevel.Warning,
            "{Identity} can do the leader's work and asks {Holder} for the lease"
        )]
        public static partial void Asks(ILogger logger, string identity, string holder);

        [LoggerMessage(
            EventIds.FitnessPolicyResigns,
            LogLevel.Warning,
            "{Identity} resigns: {Asker} can do the leader's work"
        )]
        public static partial void Resigns(ILogger logger, string identity, string asker);

        [LoggerMessage(
            EventIds.FitnessPolicyAbstains,
            LogLevel.Warning,
            "{Identity} does not try to acquire the lease until it can do the leader's work"
        )]
        public static partial void Abstains(ILogger logger, string identity);
    }
}
