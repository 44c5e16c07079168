using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Prometheus;

namespace WaOperator.Testing;

/// <summary>What dashboards and alerts rest on in the text of a scrape.</summary>
public static partial class Exposition
{
    /// <summary>What a scrape of the registry gets.</summary>
    public static async Task<string> ReadAsync(CollectorRegistry registry)
    {
        using var text = new MemoryStream();
        await registry.CollectAndExportAsTextAsync(text);
        return Encoding.UTF8.GetString(text.ToArray());
    }

    /// <summary>
    /// A line per family, sorted: name, type, labels in parentheses, upper bounds in brackets, help.
    /// </summary>
    public static string Families(string text)
    {
        var help = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        var labels = new Dictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        var bounds = new Dictionary<string, SortedSet<double>>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            if (line.Split(' ', 4) is ["#", var what, var family, var rest])
            {
                if (what == "HELP")
                    help[family] = rest;
                else
                    types[family] = rest;
            }
            else if (Sample().Match(line) is { Success: true } sample)
            {
                var name = sample.Groups["name"].Value;
                if (!types.ContainsKey(name))
                    name = HistogramSuffix().Replace(name, "");
                labels.TryAdd(name, new(StringComparer.Ordinal));
                bounds.TryAdd(name, []);
                foreach (Match label in Label().Matches(sample.Groups["labels"].Value))
                    if (label.Groups["name"].Value is var n && n != "le")
                        labels[name].Add(n);
                    else if (label.Groups["value"].Value is var le && le != "+Inf")
                        bounds[name].Add(double.Parse(le, CultureInfo.InvariantCulture));
            }
        return string.Join(
            '\n',
            help.Where(h => labels.ContainsKey(h.Key))
                .Select(h =>
                    $"{h.Key} {types[h.Key]} ({string.Join(',', labels[h.Key])}) "
                    + $"[{string.Join(' ', bounds[h.Key].Select(b => b.ToString(CultureInfo.InvariantCulture)))}] {h.Value}"
                )
        );
    }

    [GeneratedRegex(
        @"^(?<name>\w+)(\{(?<labels>.*)\})? \S+$",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Sample();

    [GeneratedRegex(
        "(?<name>\\w+)=\"(?<value>[^\"]*)\"",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Label();

    [GeneratedRegex(
        "_(bucket|sum|count)$",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex HistogramSuffix();
}
