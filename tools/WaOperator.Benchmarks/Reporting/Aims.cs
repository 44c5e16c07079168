using System.Globalization;

namespace WaOperator.Benchmarks.Reporting;

/// <summary>What a benchmark aims at: printed with reached or missed, never asserted.</summary>
internal sealed class Aims(string benchmark)
{
    private int _reached;
    private int _missed;

    /// <summary>An aim and what was measured.</summary>
    public void Add(string aim, bool reached, string measured)
    {
        if (reached)
            _reached++;
        else
            _missed++;
        Console.WriteLine($"aim: {aim}: {measured}: {(reached ? "reached" : "missed")}");
    }

    /// <summary>The last line.</summary>
    public void Close() =>
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"bench {benchmark}: {_reached + _missed} aims, {_reached} reached, {_missed} missed"
            )
        );
}
