using System.Text;

namespace WaOperator.Benchmarks.Reporting;

/// <summary>Rows of text, printed as Markdown that also reads well as it is.</summary>
internal sealed class Table(params string[] head)
{
    private readonly List<string[]> _rows = [head];

    public void Add(params string[] row) => _rows.Add(row);

    /// <inheritdoc/>
    public override string ToString()
    {
        var widths = Enumerable
            .Range(0, head.Length)
            .Select(c => _rows.Max(r => r[c].Length))
            .ToArray();
        var text = new StringBuilder();
        foreach (var (i, row) in _rows.Index())
        {
            text.Append('|');
            for (var c = 0; c < row.Length; c++)
                text.Append(' ')
                    .Append(c == 0 ? row[c].PadRight(widths[c]) : row[c].PadLeft(widths[c]))
                    .Append(" |");
            text.AppendLine();
            if (i > 0)
                continue;
            text.Append('|');
            for (var c = 0; c < row.Length; c++)
                text.Append('-', widths[c] + 1).Append(c == 0 ? "-|" : ":|");
            text.AppendLine();
        }
        return text.ToString();
    }
}
