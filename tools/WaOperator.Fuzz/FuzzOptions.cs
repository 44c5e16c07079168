using System.Globalization;

namespace WaOperator.Fuzz;

/// <summary>What to run.</summary>
/// <param name="Seed">Everything follows from it. Default: new at each run.</param>
/// <param name="Inputs">For each parser. Default 1,000,000.</param>
/// <param name="Parser">Only this one. Default all.</param>
/// <param name="Only">Only this input of it, to look at a failure again. Default all.</param>
internal sealed record FuzzOptions(int Seed, long Inputs, string? Parser, long? Only)
{
    private const long Full = 1_000_000;
    private const long Short = 30_000;

    private const string Usage = """
        usage: fuzz [--short | --inputs N] [--seed S] [--parser NAME [--only INPUT]]
        Gives each parser N mutated inputs (1,000,000; --short 30,000) and fails on any crash, hang, or allocation out of
        proportion. --seed, --parser and --only give a failure again.
        """;

    /// <returns>Null after saying what is wrong.</returns>
    public static FuzzOptions? Parse(string[] args, TextWriter errors)
    {
        var options = new FuzzOptions(Environment.TickCount & int.MaxValue, Full, null, null);
        for (var i = 0; i < args.Length; i++)
        {
            var value = i + 1 < args.Length ? args[i + 1] : "";
            var number = long.TryParse(
                value,
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var n
            );
            switch (args[i])
            {
                case "--short":
                    options = options with { Inputs = Short };
                    continue;
                case "--inputs" when number && n > 0:
                    options = options with { Inputs = n };
                    break;
                case "--seed" when number && n <= int.MaxValue:
                    options = options with { Seed = (int)n };
                    break;
                case "--only" when number:
                    options = options with { Only = n };
                    break;
                case "--parser" when value.Length > 0:
                    options = options with { Parser = value };
                    break;
                default:
                    errors.WriteLine(Usage);
                    return null;
            }
            i++;
        }
        return options;
    }
}
