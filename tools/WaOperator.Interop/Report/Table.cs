using System.Globalization;
using System.Text;
using WaOperator.Interop.Clients;

namespace WaOperator.Interop.Report;

/// <summary>The matrix as text.</summary>
public static class Table
{
    /// <summary>Rows are capabilities, columns directions.</summary>
    public static string Of(IReadOnlyList<Cell> cells)
    {
        var columns = cells.Select(c => c.Column).Distinct().ToList();
        var rows = cells.Select(c => c.Row).Distinct().ToList();
        var first = rows.Max(r => r.Length);
        var text = new StringBuilder();
        Line("", columns);
        foreach (var row in rows)
        {
            Line(
                row,
                columns.Select(column =>
                    Mark(cells.FirstOrDefault(c => c.Row == row && c.Column == column))
                )
            );
        }
        return text.ToString();

        void Line(string head, IEnumerable<string> values)
        {
            text.Append(head.PadRight(first));
            foreach (var (column, value) in columns.Zip(values))
                text.Append("  ").Append(value.PadRight(column.Length));
            text.AppendLine();
        }
    }

    /// <summary>What the run ends with.</summary>
    public static string LastLine(IReadOnlyList<Cell> cells)
    {
        return $"interop: {Count(cells)} cells (rc14 {Count(With(Release.Rc14))}, 6.7.24 {Count(With(Release.V6))})";

        IEnumerable<Cell> With(Release release) => cells.Where(c => c.IsOursWith(release));

        static string Count(IEnumerable<Cell> some)
        {
            // What a bug of theirs breaks is counted apart, what was not tried not at all.
            var ours = some.Where(c => c.Verdict is Verdict.Passed or Verdict.Failed).ToList();
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{ours.Count(c => c.Verdict == Verdict.Passed)}/{ours.Count}"
            );
        }
    }

    private static string Mark(Cell? cell) =>
        cell?.Verdict switch
        {
            null or Verdict.Unsupported => "-",
            Verdict.Passed => string.Create(
                CultureInfo.InvariantCulture,
                $"ok {cell.Took.TotalSeconds:0.0}s"
            ),
            Verdict.Theirs => "THEIRS",
            _ => "FAILED",
        };
}
