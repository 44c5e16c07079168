using System.Collections.Concurrent;
using Prometheus;

namespace WaOperator.Kubernetes.Metrics;

/// <summary>
/// The measurements of client and controllers, by the names that controller-runtime and client-go give them, so that
/// their dashboards and alerts fit.
/// </summary>
public static class KubernetesMetrics
{
    private static readonly double[] SecondsBuckets =
    [
        0.005,
        0.01,
        0.025,
        0.05,
        0.1,
        0.25,
        0.5,
        1,
        2.5,
        5,
        10,
        30,
        60,
    ];

    /// <summary>Where they are registered. A host registers its own here too, and shows all of it at /metrics.</summary>
    public static CollectorRegistry Registry { get; } = Prometheus.Metrics.NewCustomRegistry();

    internal static readonly MetricFactory Factory = Prometheus.Metrics.WithCustomRegistry(
        Registry
    );

    private static readonly Counter Requests = Factory.CreateCounter(
        "rest_client_requests_total",
        "Number of HTTP requests, partitioned by status code and method.",
        "code",
        "method"
    );
    private static readonly Histogram RequestSeconds = Seconds(
        "rest_client_request_duration_seconds",
        "Request latency in seconds, partitioned by verb.",
        "verb"
    );
    private static readonly ConcurrentDictionary<string, Func<bool>> Leases = new(
        StringComparer.Ordinal
    );

    static KubernetesMetrics() =>
        _ = new ObservedGauge(
            Registry,
            "leader_election_master_status",
            "Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master.",
            "name",
            () => Leases.Select(l => (l.Key, l.Value() ? 1d : 0d))
        );

    /// <summary>A histogram of times with the buckets that all of them have.</summary>
    internal static Histogram Seconds(string name, string help, string label) =>
        Factory.CreateHistogram(
            name,
            help,
            new HistogramConfiguration { Buckets = SecondsBuckets, LabelNames = [label] }
        );

    internal static void Request(string method, string verb, string code, TimeSpan took)
    {
        Requests.WithLabels(code, method).Inc();
        RequestSeconds.WithLabels(verb).Observe(took.TotalSeconds);
    }

    internal static void Elects(string lease, Func<bool> isLeader) => Leases[lease] = isLeader;

    internal static void ElectsNoMore(string lease) => Leases.TryRemove(lease, out _);
}
