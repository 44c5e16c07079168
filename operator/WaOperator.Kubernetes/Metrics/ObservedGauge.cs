using Prometheus;

namespace WaOperator.Kubernetes.Metrics;

/// <summary>
/// A gauge whose series are what a function finds at each scrape: what it no longer finds is gone, not left at its last value.
/// </summary>
public sealed class ObservedGauge
{
    private readonly Lock _observing = new();
    private readonly Gauge _gauge;
    private readonly Func<IEnumerable<(string Label, double Value)>> _observe;

    /// <summary>Registers the gauge for the life of the registry.</summary>
    /// <param name="registry">Whose scrapes show it.</param>
    /// <param name="name">Of the family.</param>
    /// <param name="help">What it measures.</param>
    /// <param name="label">Name of its one label.</param>
    /// <param name="observe">Values by that label; a scrape waits for it.</param>
    public ObservedGauge(
        CollectorRegistry registry,
        string name,
        string help,
        string label,
        Func<IEnumerable<(string Label, double Value)>> observe
    )
    {
        ArgumentNullException.ThrowIfNull(registry);
        _gauge = Prometheus.Metrics.WithCustomRegistry(registry).CreateGauge(name, help, label);
        _observe = observe;
        registry.AddBeforeCollectCallback(Observe);
    }

    private void Observe()
    {
        // Two scrapes at once: the older must not remove what the newer found.
        lock (_observing)
        {
            var gone = _gauge
                .GetAllLabelValues()
                .Select(l => l[0])
                .ToHashSet(StringComparer.Ordinal);
            foreach (var (label, value) in _observe())
            {
                _gauge.WithLabels(label).Set(value);
                gone.Remove(label);
            }
            foreach (var label in gone)
                _gauge.RemoveLabelled(label);
        }
    }
}
