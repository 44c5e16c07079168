using System.Diagnostics.Metrics;

namespace WaOperator.Operator.Placement;

/// <summary>Measurements of placement.</summary>
internal static class PlacementMetrics
{
    /// <summary>Name of the meter of the operator's own measurements.</summary>
    public const string MeterName = "WaOperator.Operator";

    private static readonly Meter Meter = new(MeterName);
    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "wa_placement_plan_duration_seconds",
        description: "How long it took to plan"
    );
    private static readonly Counter<long> Decisions = Meter.CreateCounter<long>(
        "wa_placement_decisions_total",
        description: "Sessions that were placed, moved or left without a place, by reason"
    );

    public static void Planned(TimeSpan time) => Duration.Record(time.TotalSeconds);

    public static void Decided(PlacementReason reason) =>
        Decisions.Add(1, new KeyValuePair<string, object?>("reason", reason.ToString()));
}
