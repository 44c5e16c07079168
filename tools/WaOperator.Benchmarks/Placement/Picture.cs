using System.Globalization;
using System.Text;

namespace WaOperator.Benchmarks.Placement;

/// <summary>The comparison as an SVG: bars per measure, one colour per method.</summary>
internal static class Picture
{
    private const int PanelWidth = 250;
    private const int BarHeight = 26;
    private const int Left = 24;
    private static readonly string[] Colours = ["#2f6f4f", "#c0842c", "#6b7aa1"];

    public static string Draw(List<Outcome> outcomes, int sessions, int shards, int events)
    {
        var svg = new StringBuilder();
        const int width = Left + (3 * (PanelWidth + Left));
        svg.Append(
            CultureInfo.InvariantCulture,
            $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 236" font-family="sans-serif" font-size="13">
            <rect width="{width}" height="236" fill="#ffffff"/>
            <text x="{Left}" y="28" font-size="16" font-weight="bold" fill="#222222">{sessions:N0} sessions on {shards:N0} shards</text>
            <text x="{Left}" y="48" fill="#555555">one shard lost, one added, {events:N0} sessions created or deleted; drawn by hack/bench placement</text>

            """
        );
        Panel(svg, 0, "worst peak / average load", outcomes, o => o.WorstPeak, from: 1, "0.000");
        Panel(svg, 1, "moves after a loss / unavoidable", outcomes, o => o.LossMoves, 0, "0.00");
        Panel(svg, 2, "sessions moved without need", outcomes, o => o.Unrelated, 0, "#,0");
        for (var i = 0; i < outcomes.Count; i++)
            svg.Append(
                CultureInfo.InvariantCulture,
                $"""
                <rect x="{Left + (i * 200)}" y="205" width="13" height="13" fill="{Colours[i]}"/>
                <text x="{Left + (i * 200) + 20}" y="216" fill="#222222">{outcomes[i].Name}</text>

                """
            );
        return svg.AppendLine("</svg>").ToString();
    }

    /// <param name="svg">The picture.</param>
    /// <param name="index">Which panel.</param>
    /// <param name="title">What it measures.</param>
    /// <param name="outcomes">Of whom.</param>
    /// <param name="value">The measure.</param>
    /// <param name="from">Where bars begin.</param>
    /// <param name="format">Of the numbers.</param>
    private static void Panel(
        StringBuilder svg,
        int index,
        string title,
        List<Outcome> outcomes,
        Func<Outcome, double> value,
        double from,
        string format
    )
    {
        var x = Left + (index * (PanelWidth + Left));
        var most = Math.Max(outcomes.Max(value) - from, 1e-9);
        svg.Append(
            CultureInfo.InvariantCulture,
            $"""
            <text x="{x}" y="84" font-weight="bold" fill="#222222">{title}</text>

            """
        );
        for (var i = 0; i < outcomes.Count; i++)
        {
            var bar = Math.Max(1, (value(outcomes[i]) - from) / most * (PanelWidth - 70));
            var y = 96 + (i * (BarHeight + 6));
            var number = value(outcomes[i]).ToString(format, CultureInfo.InvariantCulture);
            svg.Append(
                CultureInfo.InvariantCulture,
                $"""
                <rect x="{x}" y="{y}" width="{bar:0.0}" height="{BarHeight}" fill="{Colours[i]}"/>
                <text x="{x + bar + 8:0.0}" y="{y + 18}" fill="#222222">{number}</text>

                """
            );
        }
    }
}
