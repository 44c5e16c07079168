using Prometheus;
using WaOperator.Kubernetes.Metrics;

namespace WaOperator.Operator.Placement;

/// <summary>Measurements of placement.</summary>
internal static class PlacementMetrics
{
    private static readonly MetricFactory Factory = Metrics.WithCustomRegistry(
        KubernetesMetrics.Registry
    );
    private static readonly Histogram Duration = Factory.CreateHistogram(
        "wa_placement_plan_duration_seconds",
        "How long it took to plan",
        new HistogramConfiguration
        {
            Buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
        }
    );
    private static readonly Counter Decisions = Factory.CreateCounter(
        "wa_placement_decisions_total",
        "Sessions that were placed, moved or left without a place, by reason",
        "reason"
    );

    public static void Planned(TimeSpan time) => Duration.Observe(time.TotalSeconds);

    public static void Decided(PlacementReason reason) =>
        Decisions.WithLabels(reason.ToString()).Inc();
}
