using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;

namespace WaOperator.Metrics;

/// <summary>
/// Listens to meters and writes what they measured in the Prometheus text format 0.0.4. It stands in for the packages
/// prometheus-net and OpenTelemetry.Exporter.Prometheus, which cannot be had; names are made as OpenTelemetry makes them:
/// dots become underscores, the unit is appended (<c>_seconds</c>, <c>_bytes</c>), counters end in <c>_total</c>.
/// </summary>
public sealed class PrometheusExporter : IDisposable
{
    /// <summary>The content type of the answer to a scrape.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly HashSet<string> _meters;
    private readonly ConcurrentDictionary<string, MetricFamily> _families = new(
        StringComparer.Ordinal
    );
    private readonly MeterListener _listener = new();
    private readonly Lock _collecting = new();

    /// <summary>Listens to the meters of these names from now on; what was measured before is not known.</summary>
    public PrometheusExporter(params IEnumerable<string> meters)
    {
        _meters = meters.ToHashSet(StringComparer.Ordinal);
        _listener.InstrumentPublished = Publish;
        _listener.SetMeasurementEventCallback<byte>(
            static (_, v, tags, family) => Record(family, v, tags)
        );
        _listener.SetMeasurementEventCallback<short>(
            static (_, v, tags, family) => Record(family, v, tags)
        );
        _listener.SetMeasurementEventCallback<int>(
            static (_, v, tags, family) => Record(family, v, tags)
        );
        _listener.SetMeasurementEventCallback<long>(
            static (_, v, tags, family) => Record(family, v, tags)
        );
        _listener.SetMeasurementEventCallback<float>(
            static (_, v, tags, family) => Record(family, v, tags)
        );
        _listener.SetMeasurementEventCallback<double>(
            static (_, v, tags, family) => Record(family, v, tags)
        );
        _listener.SetMeasurementEventCallback<decimal>(
            static (_, v, tags, family) => Record(family, (double)v, tags)
        );
        _listener.Start();
    }

    /// <summary>All measurements as text.</summary>
    public string Collect()
    {
        lock (_collecting)
        {
            // What is observed now replaces what was observed at the last scrape: a series that is gone must not stay.
            foreach (var family in _families.Values)
                family.ForgetObserved();
            _listener.RecordObservableInstruments();
            var text = new StringBuilder();
            foreach (var family in _families.Values.OrderBy(f => f.Name, StringComparer.Ordinal))
                family.Write(text);
            return text.ToString();
        }
    }

    /// <summary>Writes all measurements to <paramref name="body"/>, in UTF-8.</summary>
    public async Task WriteAsync(Stream body, CancellationToken ct = default) =>
        await body.WriteAsync(Encoding.UTF8.GetBytes(Collect()), ct);

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private void Publish(Instrument instrument, MeterListener listener)
    {
        if (!_meters.Contains(instrument.Meter.Name))
            return;
        var family = MetricFamily.For(instrument);
        var known = _families.GetOrAdd(family.Name, family);
        // Two instruments of one name measure the same thing, unless their kinds differ: Prometheus would refuse both.
        if (known.Kind == family.Kind)
            listener.EnableMeasurementEvents(instrument, known);
    }

    private static void Record(
        object? family,
        double value,
        ReadOnlySpan<KeyValuePair<string, object?>> tags
    ) => ((MetricFamily)family!).Record(value, tags);
}
