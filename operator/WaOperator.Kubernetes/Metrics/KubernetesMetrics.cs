using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace WaOperator.Kubernetes.Metrics;

/// <summary>
/// The measurements of client and controllers, by the names that controller-runtime and client-go give them, so that
/// their dashboards and alerts fit. All are of the meter <see cref="MeterName"/>.
/// </summary>
public static class KubernetesMetrics
{
    /// <summary>The meter to listen to.</summary>
    public const string MeterName = "WaOperator.Kubernetes";

    internal static readonly Meter Meter = new(MeterName);
    internal static readonly InstrumentAdvice<double> Seconds = new()
    {
        HistogramBucketBoundaries =
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
        ],
    };

    private static readonly Counter<long> Requests = Meter.CreateCounter<long>(
        "rest_client_requests_total",
        description: "Number of HTTP requests, partitioned by status code and method."
    );
    private static readonly Histogram<double> RequestSeconds = Meter.CreateHistogram(
        "rest_client_request_duration_seconds",
        description: "Request latency in seconds, partitioned by verb.",
        advice: Seconds
    );
    private static readonly Counter<long> Reconciles = Meter.CreateCounter<long>(
        "controller_runtime_reconcile_total",
        description: "Total number of reconciliations per controller."
    );
    private static readonly Counter<long> ReconcileErrors = Meter.CreateCounter<long>(
        "controller_runtime_reconcile_errors_total",
        description: "Total number of reconciliation errors per controller."
    );
    private static readonly Histogram<double> ReconcileSeconds = Meter.CreateHistogram(
        "controller_runtime_reconcile_time_seconds",
        description: "Length of time per reconciliation per controller.",
        advice: Seconds
    );
    private static readonly UpDownCounter<int> ActiveWorkers = Meter.CreateUpDownCounter<int>(
        "controller_runtime_active_workers",
        description: "Number of currently used workers per controller."
    );
    private static readonly ConcurrentDictionary<string, Func<bool>> Leases = new(
        StringComparer.Ordinal
    );

    static KubernetesMetrics() =>
        Meter.CreateObservableGauge(
            "leader_election_master_status",
            () =>
                Leases.Select(l => new Measurement<int>(
                    l.Value() ? 1 : 0,
                    new KeyValuePair<string, object?>("name", l.Key)
                )),
            description: "Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master."
        );

    internal static void Request(string method, string verb, string code, TimeSpan took)
    {
        Requests.Add(1, new("method", method), new("code", code));
        RequestSeconds.Record(took.TotalSeconds, new KeyValuePair<string, object?>("verb", verb));
    }

    internal static void WorkerStarted(string controller) =>
        ActiveWorkers.Add(1, new KeyValuePair<string, object?>("controller", controller));

    /// <param name="controller">Its name.</param>
    /// <param name="result"><c>success</c>, <c>error</c>, <c>requeue_after</c>.</param>
    /// <param name="took">How long it took.</param>
    internal static void Reconciled(string controller, string result, TimeSpan took)
    {
        var tag = new KeyValuePair<string, object?>("controller", controller);
        ActiveWorkers.Add(-1, tag);
        Reconciles.Add(1, tag, new("result", result));
        if (result == "error")
            ReconcileErrors.Add(1, tag);
        ReconcileSeconds.Record(took.TotalSeconds, tag);
    }

    internal static void Elects(string lease, Func<bool> isLeader) => Leases[lease] = isLeader;

    internal static void ElectsNoMore(string lease) => Leases.TryRemove(lease, out _);
}
