using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace WaOperator.Kubernetes.Metrics;

/// <summary>What is measured of one work queue.</summary>
internal sealed class QueueMetrics : IDisposable
{
    private static readonly ConcurrentDictionary<QueueMetrics, bool> Live = new();
    private static readonly Counter<long> Adds = KubernetesMetrics.Meter.CreateCounter<long>(
        "workqueue_adds_total",
        description: "Total number of adds handled by workqueue."
    );
    private static readonly Counter<long> Retries = KubernetesMetrics.Meter.CreateCounter<long>(
        "workqueue_retries_total",
        description: "Total number of retries handled by workqueue."
    );
    private static readonly Histogram<double> QueueSeconds =
        KubernetesMetrics.Meter.CreateHistogram(
            "workqueue_queue_duration_seconds",
            description: "How long in seconds an item stays in workqueue before being requested.",
            advice: KubernetesMetrics.Seconds
        );
    private static readonly Histogram<double> WorkSeconds = KubernetesMetrics.Meter.CreateHistogram(
        "workqueue_work_duration_seconds",
        description: "How long in seconds processing an item from workqueue takes.",
        advice: KubernetesMetrics.Seconds
    );

    static QueueMetrics()
    {
        KubernetesMetrics.Meter.CreateObservableGauge(
            "workqueue_depth",
            () => Live.Keys.Select(q => new Measurement<int>(q._depth(), q._name)),
            description: "Current depth of workqueue."
        );
        KubernetesMetrics.Meter.CreateObservableGauge(
            "workqueue_longest_running_processor_seconds",
            () =>
                Live.Keys.Select(q => new Measurement<double>(q._longest().TotalSeconds, q._name)),
            description: "How many seconds has the longest running processor for workqueue been running."
        );
    }

    private readonly KeyValuePair<string, object?> _name;
    private readonly Func<int> _depth;
    private readonly Func<TimeSpan> _longest;

    public QueueMetrics(string name, Func<int> depth, Func<TimeSpan> longest)
    {
        _name = new("name", name);
        _depth = depth;
        _longest = longest;
        Live[this] = true;
    }

    public void Added() => Adds.Add(1, _name);

    public void Retried() => Retries.Add(1, _name);

    public void Waited(TimeSpan time) => QueueSeconds.Record(time.TotalSeconds, _name);

    public void Worked(TimeSpan time) => WorkSeconds.Record(time.TotalSeconds, _name);

    public void Dispose() => Live.TryRemove(this, out _);
}
