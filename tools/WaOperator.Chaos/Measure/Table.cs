using System.Globalization;

namespace WaOperator.Chaos.Measure;

/// <summary>The table as it is printed.</summary>
internal static class Table
{
    public static string Of(IReadOnlyList<Result> results, int seed)
    {
        var lines = new List<string[]>
        {
            new[] { "row", "aim", "runs", "away", "median", "maximum", "silent", "dead", "result" },
        };
        lines.AddRange(results.Select(Line));
        var widths = Enumerable.Range(0, lines[0].Length).Select(c => lines.Max(l => l[c].Length));
        var text = lines.Select(l =>
            string.Join("  ", l.Zip(widths, (cell, width) => cell.PadRight(width))).TrimEnd()
        );
        return string.Join('\n', [.. text, .. Notes(results), Last(results, seed)]);
    }

    private static string[] Line(Result r) =>
        [
            r.Name,
            r.Aim,
            Number(r.Trials.Count),
            Number(r.Away),
            Seconds(r.Median),
            Seconds(r.Maximum),
            Number((int)r.Replaced.Silent),
            Number((int)r.Replaced.Dead),
            r.Violations > 0 ? "VIOLATED"
            : r.Reached ? "reached"
            : "missed",
        ];

    private static IEnumerable<string> Notes(IReadOnlyList<Result> results) =>
        [
            "",
            .. results.SelectMany(r => r.Missed.Distinct().Select(m => $"{r.Name}: missed: {m}")),
            .. results.SelectMany(r =>
                r.Trials.SelectMany(t => t.Violations.Select(v => $"{t.Label}: VIOLATION: {v}"))
            ),
        ];

    private static string Last(IReadOnlyList<Result> results, int seed)
    {
        var reached = results.Count(r => r.Reached);
        return $"chaos: {results.Count} rows, {reached} reached, {results.Count - reached} missed, {results.Sum(r => r.Violations)} violations, seed {seed}";
    }

    private static string Seconds(double? time) =>
        time is null ? "-" : string.Create(CultureInfo.InvariantCulture, $"{time:0.0} s");

    private static string Number(int n) => n.ToString(CultureInfo.InvariantCulture);
}
