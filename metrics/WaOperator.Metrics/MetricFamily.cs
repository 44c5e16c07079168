using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;

namespace WaOperator.Metrics;

internal enum MetricKind
{
    Counter,
    Gauge,
    Histogram,
}

/// <summary>All series of one name.</summary>
internal sealed class MetricFamily
{
    /// <summary>Buckets of histograms whose instrument advises none: seconds, as Prometheus clients have them.</summary>
    private static readonly double[] DefaultBounds =
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
    ];

    private readonly string _help;
    private readonly double[] _bounds;
    private readonly bool _observed;
    private readonly bool _sets;
    private readonly KeyValuePair<string, object?>[] _common;

    // By the tags as they come, in whatever order, so that a measurement finds its series without allocating ...
    private readonly ConcurrentDictionary<KeyValuePair<string, object?>[], Series> _byTags = new(
        TagsComparer.Instance
    );

    // ... and by the labels as they are written, which are the same for every order.
    private readonly ConcurrentDictionary<string, Series> _byLabels = new(StringComparer.Ordinal);

    private MetricFamily(
        Instrument instrument,
        MetricKind kind,
        bool observed,
        bool sets,
        double[] bounds
    )
    {
        Name = MetricName.Of(instrument.Name, instrument.Unit, kind == MetricKind.Counter);
        Kind = kind;
        _help = instrument.Description ?? "";
        _observed = observed;
        _sets = sets;
        _bounds = bounds;
        _common = [.. instrument.Meter.Tags ?? [], .. instrument.Tags ?? []];
    }

    public string Name { get; }

    public MetricKind Kind { get; }

    public static MetricFamily For(Instrument instrument)
    {
        var type = instrument.GetType();
        var name = type.IsGenericType ? type.GetGenericTypeDefinition() : type;
        if (name == typeof(Histogram<>))
            return new(
                instrument,
                MetricKind.Histogram,
                observed: false,
                sets: false,
                Bounds(instrument)
            );
        if (name == typeof(Counter<>))
            return new(instrument, MetricKind.Counter, observed: false, sets: false, []);
        if (name == typeof(UpDownCounter<>))
            return new(instrument, MetricKind.Gauge, observed: false, sets: false, []);
        if (name == typeof(Gauge<>))
            return new(instrument, MetricKind.Gauge, observed: false, sets: true, []);
        var kind = name == typeof(ObservableCounter<>) ? MetricKind.Counter : MetricKind.Gauge;
        return new(instrument, kind, observed: true, sets: true, []);
    }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var lookup = _byTags.GetAlternateLookup<ReadOnlySpan<KeyValuePair<string, object?>>>();
        if (!lookup.TryGetValue(tags, out var series))
        {
            var all = tags.ToArray();
            series = _byLabels.GetOrAdd(
                Labels.Write([.. all, .. _common]),
                static (l, b) => new(l, b),
                _bounds
            );
            series = _byTags.GetOrAdd(all, series);
        }
        if (_sets)
            series.Set(value);
        else
            series.Add(value);
    }

    public void ForgetObserved()
    {
        if (!_observed)
            return;
        _byTags.Clear();
        _byLabels.Clear();
    }

    public void Write(StringBuilder text)
    {
        if (_byLabels.IsEmpty)
            return;
        if (_help.Length > 0)
            text.Append("# HELP ")
                .Append(Name)
                .Append(' ')
                .Append(Labels.Escape(_help, quotes: false))
                .Append('\n');
        text.Append("# TYPE ")
            .Append(Name)
            .Append(' ')
            .Append(Kind.ToString().ToLowerInvariant())
            .Append('\n');
        foreach (var series in _byLabels.Values.OrderBy(s => s.Labels, StringComparer.Ordinal))
            if (Kind == MetricKind.Histogram)
                series.WriteHistogram(text, Name);
            else
                series.WriteValue(text, Name);
    }

    private static double[] Bounds(Instrument instrument) =>
        instrument switch
        {
            Histogram<double> { Advice.HistogramBucketBoundaries: { } b } => [.. b],
            Histogram<float> { Advice.HistogramBucketBoundaries: { } b } =>
            [
                .. b.Select(x => (double)x),
            ],
            Histogram<long> { Advice.HistogramBucketBoundaries: { } b } =>
            [
                .. b.Select(x => (double)x),
            ],
            Histogram<int> { Advice.HistogramBucketBoundaries: { } b } =>
            [
                .. b.Select(x => (double)x),
            ],
            _ => DefaultBounds,
        };

    private sealed class TagsComparer
        : IEqualityComparer<KeyValuePair<string, object?>[]>,
            IAlternateEqualityComparer<
                ReadOnlySpan<KeyValuePair<string, object?>>,
                KeyValuePair<string, object?>[]
            >
    {
        public static readonly TagsComparer Instance = new();

        public KeyValuePair<string, object?>[] Create(
            ReadOnlySpan<KeyValuePair<string, object?>> tags
        ) => tags.ToArray();

        public bool Equals(
            KeyValuePair<string, object?>[]? x,
            KeyValuePair<string, object?>[]? y
        ) => Equals(x.AsSpan(), y ?? []);

        public bool Equals(
            ReadOnlySpan<KeyValuePair<string, object?>> tags,
            KeyValuePair<string, object?>[] other
        )
        {
            if (tags.Length != other.Length)
                return false;
            for (var i = 0; i < other.Length; i++)
                if (tags[i].Key != other[i].Key || !Equals(tags[i].Value, other[i].Value))
                    return false;
            return true;
        }

        public int GetHashCode(KeyValuePair<string, object?>[] tags) => GetHashCode(tags.AsSpan());

        public int GetHashCode(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var hash = new HashCode();
            foreach (var (key, value) in tags)
            {
                hash.Add(key, StringComparer.Ordinal);
                hash.Add(value);
            }
            return hash.ToHashCode();
        }
    }
}
