using System.Globalization;

namespace WaOperator.Benchmarks.WhatsApp.Report;

/// <summary>One figure.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Unit">In what.</param>
/// <param name="Ours">Ours; null: not measured.</param>
/// <param name="Theirs">Baileys'; null: not measured or nothing to compare.</param>
/// <param name="LessIsBetter">For the ratio.</param>
internal sealed record Figure(
    string Name,
    string Unit,
    double? Ours,
    double? Theirs = null,
    bool LessIsBetter = false
);

/// <summary>A figure that something was wanted of.</summary>
internal sealed record Aim(string Name, string Wanted, double Got, bool Reached);

/// <summary>All figures of a run.</summary>
/// <param name="output">Where to.</param>
/// <param name="name">The benchmark, as its last line says.</param>
internal sealed class Table(TextWriter output, string name)
{
    private readonly List<Figure> _figures = [];
    private readonly List<Aim> _aims = [];

    public void Add(Figure figure)
    {
        _figures.Add(figure);
        output.WriteLine(Line(figure));
    }

    public void Aim(string name, string wanted, double got, bool reached) =>
        _aims.Add(new(name, wanted, got, reached));

    /// <summary>Says what is measured next.</summary>
    public void Part(string text) => output.WriteLine($"-- {text}");

    /// <summary>The whole, with the line that is looked for at the end.</summary>
    public void Finish()
    {
        output.WriteLine();
        output.WriteLine(Header());
        foreach (var figure in _figures)
            output.WriteLine(Line(figure));
        output.WriteLine();
        foreach (var aim in _aims)
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{(aim.Reached ? "reached" : "missed"), -8} {aim.Name}: {aim.Wanted}, measured {Number(aim.Got)}"
                )
            );
        var reached = _aims.Count(aim => aim.Reached);
        output.WriteLine(
            $"bench {name}: {_aims.Count} aims, {reached} reached, {_aims.Count - reached} missed"
        );
    }

    private static string Header() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{"", -62} {"", -12} {"ours", 10} {"Baileys", 10} {"ratio", 8}"
        );

    private static string Line(Figure f) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{f.Name, -62} {f.Unit, -12} {Number(f.Ours), 10} {Number(f.Theirs), 10} {Ratio(f), 8}"
        );

    private static string Ratio(Figure f) =>
        f is { Ours: > 0, Theirs: > 0 }
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"{(f.LessIsBetter ? f.Theirs / f.Ours : f.Ours / f.Theirs):0.0} x"
            )
            : "";

    private static string Number(double? number) =>
        number switch
        {
            null => "-",
            >= 100 => number.Value.ToString("0", CultureInfo.InvariantCulture),
            >= 10 => number.Value.ToString("0.0", CultureInfo.InvariantCulture),
            _ => number.Value.ToString("0.00", CultureInfo.InvariantCulture),
        };
}
