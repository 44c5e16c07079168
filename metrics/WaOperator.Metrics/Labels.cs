using System.Globalization;
using System.Text;

namespace WaOperator.Metrics;

/// <summary>Labels in the text format.</summary>
internal static class Labels
{
    /// <summary>Sorted by name; of two that become the same name the first counts.</summary>
    public static string Write(IEnumerable<KeyValuePair<string, object?>> tags) =>
        string.Join(
            ',',
            tags.Select(t => (Name: MetricName.Label(t.Key), Value: Text(t.Value)))
                .DistinctBy(t => t.Name, StringComparer.Ordinal)
                .OrderBy(t => t.Name, StringComparer.Ordinal)
                .Select(t => $"{t.Name}=\"{Escape(t.Value, quotes: true)}\"")
        );

    public static string Escape(string text, bool quotes)
    {
        if (text.AsSpan().IndexOfAny('\\', '\n', '"') < 0)
            return text;
        var escaped = new StringBuilder(text.Length + 8);
        foreach (var c in text)
            _ = c switch
            {
                '\\' => escaped.Append(@"\\"),
                '\n' => escaped.Append(@"\n"),
                '"' when quotes => escaped.Append("\\\""),
                _ => escaped.Append(c),
            };
        return escaped.ToString();
    }

    private static string Text(object? value) =>
        value switch
        {
            null => "",
            bool b => b ? "true" : "false",
            IFormattable f => f.ToString(null, CultureInfo.InvariantCulture),
            _ => value.ToString() ?? "",
        };
}
