using System.Globalization;
using System.Text;

namespace WaOperator.Metrics;

/// <summary>One name with one set of labels.</summary>
/// <param name="labels">As they are written, without braces.</param>
/// <param name="bounds">Upper bounds of a histogram's buckets, rising; empty for everything else.</param>
internal sealed class Series(string labels, double[] bounds)
{
    private readonly Lock _lock = new();
    private readonly long[] _buckets = new long[bounds.Length];
    private long _count;
    private double _value;

    public string Labels => labels;

    public void Add(double value)
    {
        lock (_lock)
        {
            _value += value;
            _count++;
            for (var i = 0; i < bounds.Length; i++)
                if (value <= bounds[i])
                {
                    _buckets[i]++;
                    return;
                }
        }
    }

    public void Set(double value)
    {
        lock (_lock)
            _value = value;
    }

    public void WriteValue(StringBuilder text, string name)
    {
        lock (_lock)
            Line(text, name, labels, _value);
    }

    public void WriteHistogram(StringBuilder text, string name)
    {
        lock (_lock)
        {
            var separator = labels.Length > 0 ? "," : "";
            var sum = 0L;
            for (var i = 0; i < bounds.Length; i++)
                Line(
                    text,
                    $"{name}_bucket",
                    $"{labels}{separator}le=\"{Number(bounds[i])}\"",
                    sum += _buckets[i]
                );
            Line(text, $"{name}_bucket", $"{labels}{separator}le=\"+Inf\"", _count);
            Line(text, $"{name}_sum", labels, _value);
            Line(text, $"{name}_count", labels, _count);
        }
    }

    private static void Line(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);
}
