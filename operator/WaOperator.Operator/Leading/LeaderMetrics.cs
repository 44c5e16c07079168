using Prometheus;
using WaOperator.Kubernetes.Metrics;
using WaOperator.Operator.Shards;
using WaOperator.Resources;

namespace WaOperator.Operator.Leading;

/// <summary>What the leader knows, as gauges; they are counted at each scrape, and only while this process leads.</summary>
internal sealed class LeaderMetrics
{
    private readonly CollectorRegistry _registry;
    private Term? _term;

    /// <summary>Registers the gauges, which show nothing yet.</summary>
    public LeaderMetrics(CollectorRegistry registry)
    {
        _registry = registry;
        // Not wa_sessions, which the pods export: a sum over all of them would count each session twice.
        Observe(
            "wa_operator_sessions",
            "Sessions by phase, as their resources' status has it",
            "phase",
            t => t.Sessions.CountBy(s => s.Status?.Phase ?? "Pending")
        );
        Observe(
            "wa_shards",
            "Shards by state",
            "state",
            t => t.Shards.All().CountBy(s => s.Verdict.State.ToString())
        );
    }

    /// <summary>Those of this process.</summary>
    public static LeaderMetrics Process { get; } = new(KubernetesMetrics.Registry);

    /// <summary>Shows these until the answer is disposed.</summary>
    public IDisposable Show(IReadOnlyCollection<WhatsAppSession> sessions, ShardBook shards)
    {
        var term = new Term(this, sessions, shards);
        Volatile.Write(ref _term, term);
        return term;
    }

    private void Observe(
        string name,
        string help,
        string label,
        Func<Term, IEnumerable<KeyValuePair<string, int>>> count
    ) =>
        _ = new ObservedGauge(
            _registry,
            name,
            help,
            label,
            () =>
                Volatile.Read(ref _term) is { } term
                    ? count(term).Select(c => (c.Key, (double)c.Value))
                    : []
        );

    private sealed record Term(
        LeaderMetrics Metrics,
        IReadOnlyCollection<WhatsAppSession> Sessions,
        ShardBook Shards
    ) : IDisposable
    {
        public void Dispose() => Interlocked.CompareExchange(ref Metrics._term, null, this);
    }
}
