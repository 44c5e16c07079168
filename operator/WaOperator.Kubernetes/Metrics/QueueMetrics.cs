using System.Collections.Concurrent;
using Prometheus;

namespace WaOperator.Kubernetes.Metrics;

/// <summary>What is measured of one work queue.</summary>
internal sealed class QueueMetrics : IDisposable
{
    private static readonly ConcurrentDictionary<QueueMetrics, bool> Live = new();
    private static readonly Counter Adds = KubernetesMetrics.Factory.CreateCounter(
        "workqueue_adds_total",
        "Total number of adds handled by workqueue.",
        "name"
    );
    private static readonly Counter Retries = KubernetesMetrics.Factory.CreateCounter(
        "workqueue_retries_total",
        "Total number of retries handled by workqueue.",
        "name"
    );
    private static readonly Histogram QueueSeconds = KubernetesMetrics.Seconds(
        "workqueue_queue_duration_seconds",
        "How long in seconds an item stays in workqueue before being requested.",
        "name"
    );
    private static readonly Histogram WorkSeconds = KubernetesMetrics.Seconds(
        "workqueue_work_duration_seconds",
        "How long in seconds processing an item from workqueue takes.",
        "name"
    );

    private readonly Func<int> _depth;
    private readonly Func<TimeSpan> _longest;
    private readonly Counter.Child _adds;
    private readonly Counter.Child _retries;
    private readonly Histogram.Child _queueSeconds;
    private readonly Histogram.Child _workSeconds;

    static QueueMetrics()
    {
        Observe("workqueue_depth", "Current depth of workqueue.", q => q._depth());
        Observe(
            "workqueue_longest_running_processor_seconds",
            "How many seconds has the longest running processor for workqueue been running.",
            q => q._longest().TotalSeconds
        );
    }

    public QueueMetrics(string name, Func<int> depth, Func<TimeSpan> longest)
    {
        Name = name;
        _depth = depth;
        _longest = longest;
        _adds = Adds.WithLabels(name);
        _retries = Retries.WithLabels(name);
        _queueSeconds = QueueSeconds.WithLabels(name);
        _workSeconds = WorkSeconds.WithLabels(name);
        Live[this] = true;
    }

    private string Name { get; }

    public void Added() => _adds.Inc();

    public void Retried() => _retries.Inc();

    public void Waited(TimeSpan time) => _queueSeconds.Observe(time.TotalSeconds);

    public void Worked(TimeSpan time) => _workSeconds.Observe(time.TotalSeconds);

    public void Dispose() => Live.TryRemove(this, out _);

    private static void Observe(string name, string help, Func<QueueMetrics, double> value) =>
        _ = new ObservedGauge(
            KubernetesMetrics.Registry,
            name,
            help,
            "name",
            () => Live.Keys.Select(q => (q.Name, value(q)))
        );
}
