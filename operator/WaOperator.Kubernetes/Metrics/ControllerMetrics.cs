using Prometheus;

namespace WaOperator.Kubernetes.Metrics;

/// <summary>What is measured of one controller.</summary>
/// <param name="controller">Its name.</param>
internal sealed class ControllerMetrics(string controller)
{
    private static readonly Counter Reconciles = KubernetesMetrics.Factory.CreateCounter(
        "controller_runtime_reconcile_total",
        "Total number of reconciliations per controller.",
        "controller",
        "result"
    );
    private static readonly Counter Errors = KubernetesMetrics.Factory.CreateCounter(
        "controller_runtime_reconcile_errors_total",
        "Total number of reconciliation errors per controller.",
        "controller"
    );
    private static readonly Histogram Seconds = KubernetesMetrics.Seconds(
        "controller_runtime_reconcile_time_seconds",
        "Length of time per reconciliation per controller.",
        "controller"
    );
    private static readonly Gauge ActiveWorkers = KubernetesMetrics.Factory.CreateGauge(
        "controller_runtime_active_workers",
        "Number of currently used workers per controller.",
        "controller"
    );

    private readonly Counter.Child _errors = Errors.WithLabels(controller);
    private readonly Histogram.Child _seconds = Seconds.WithLabels(controller);
    private readonly Gauge.Child _activeWorkers = ActiveWorkers.WithLabels(controller);

    public void WorkerStarted() => _activeWorkers.Inc();

    /// <param name="result"><c>success</c>, <c>error</c>, <c>requeue_after</c>, <c>cancelled</c>.</param>
    /// <param name="took">How long it took.</param>
    public void Reconciled(string result, TimeSpan took)
    {
        _activeWorkers.Dec();
        Reconciles.WithLabels(controller, result).Inc();
        if (result == "error")
            _errors.Inc();
        _seconds.Observe(took.TotalSeconds);
    }
}
