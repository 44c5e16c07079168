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
        Observe(
            "wa_operator_sessions_held",
            "Sessions that wait for longer than a lease lives for a former owner, or for the administrator's word before they go",
            "reason",
            t => t.Held?.Invoke() ?? []
        );
    }

    /// <summary>Those of this process.</summary>
    public static LeaderMetrics Process { get; } = new(KubernetesMetrics.Registry);

    /// <summary>Shows these until the answer is disposed.</summary>
    /// <param name="sessions">The resources.</param>
    /// <param name="shards">The shards.</param>
    /// <param name="held">How many sessions are held, by reason.</param>
    public IDisposable Show(
        IReadOnlyCollection<WhatsAppSession> sessions,
        ShardBook shards,
        Func<IEnumerable<KeyValuePair<string, int>>>? held = null
    )
    {
        var term = new Term(this, sessions, shards, held);
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
        ShardBook Shards,
        Func<IEnumerable<KeyValuePair<string, int>>>? Held
    ) : IDisposable
    {
        public void Dispose() => Interlocked.CompareExchange(ref Metrics._term, null, this);
    }
}
