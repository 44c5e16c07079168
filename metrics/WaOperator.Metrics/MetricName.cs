using System.Text;

namespace WaOperator.Metrics;

/// <summary>Names that Prometheus takes.</summary>
internal static class MetricName
{
    /// <summary>The name of a metric, with its unit and kind as suffixes where it does not have them.</summary>
    public static string Of(string name, string? unit, bool counter)
    {
        var clean = Label(name);
        var stem =
            counter && clean.EndsWith("_total", StringComparison.Ordinal)
                ? clean[..^"_total".Length]
                : clean;
        var suffix = unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            "%" => "_percent",
            _ => "",
        };
        if (!stem.EndsWith(suffix, StringComparison.Ordinal))
            stem += suffix;
        return counter ? $"{stem}_total" : stem;
    }

    /// <summary>A label's name: letters, digits and underscores, no digit first.</summary>
    public static string Label(string name)
    {
        var clean = new StringBuilder(name.Length);
        foreach (var c in name)
            clean.Append(char.IsAsciiLetterOrDigit(c) || c == '_' ? c : '_');
        if (clean.Length == 0 || char.IsAsciiDigit(clean[0]))
            clean.Insert(0, '_');
        return clean.ToString();
    }
}
