using System.Diagnostics.Metrics;
using WaOperator.Operator.Placement;
using WaOperator.Operator.Shards;

namespace WaOperator.Operator.Leading;

/// <summary>What the leader knows, as gauges; nothing is counted before somebody asks.</summary>
internal sealed class LeaderMetrics : IDisposable
{
    private readonly Meter _meter = new(PlacementMetrics.MeterName);

    public LeaderMetrics(Caches caches, ShardBook shards)
    {
        _meter.CreateObservableGauge(
            "wa_sessions",
            () =>
                caches
                    .Sessions.Store.CountBy(s => s.Status?.Phase ?? "Pending")
                    .Select(c => new Measurement<int>(c.Value, Tag("phase", c.Key))),
            description: "Sessions by phase"
        );
        _meter.CreateObservableGauge(
            "wa_shards",
            () =>
                shards
                    .All()
                    .CountBy(s => s.Verdict.State)
                    .Select(c => new Measurement<int>(c.Value, Tag("state", c.Key.ToString()))),
            description: "Shards by state"
        );
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
