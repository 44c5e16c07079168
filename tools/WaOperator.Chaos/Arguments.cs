using System.Globalization;
using WaOperator.Chaos.Rows;

namespace WaOperator.Chaos;

/// <summary>What the command was asked for.</summary>
/// <param name="Rows">The rows to run, in this order.</param>
/// <param name="Repeat">Repetitions of each.</param>
/// <param name="RandomMinutes">How long to mix faults; 0 for the table.</param>
/// <param name="Seed">Of what is chosen at random.</param>
/// <param name="Sessions">Size of the fleet.</param>
/// <param name="CheckOnly">Nothing but a look at the arguments.</param>
internal sealed record Arguments(
    IReadOnlyList<Row> Rows,
    int Repeat,
    double RandomMinutes,
    int Seed,
    int Sessions,
    bool CheckOnly
)
{
    /// <exception cref="FormatException">Says what is wrong.</exception>
    public static Arguments Parse(string[] args, IReadOnlyList<Row> all)
    {
        var parsed = new Arguments([], 3, 0, Random.Shared.Next(1, 1_000_000), 200, false);
        var named = new List<Row>();
        var i = 0;
        for (; i < args.Length; i++)
            switch (args[i])
            {
                case "--check":
                    parsed = parsed with { CheckOnly = true };
                    break;
                case "--repeat":
                    parsed = parsed with { Repeat = Number(1, 100) };
                    break;
                case "--seed":
                    parsed = parsed with { Seed = Number(0, int.MaxValue) };
                    break;
                case "--sessions":
                    parsed = parsed with { Sessions = Number(8, 2000) };
                    break;
                case "--random":
                    parsed = parsed with { RandomMinutes = Number(1, 10_000) };
                    break;
                case var option when option.StartsWith('-'):
                    throw new FormatException($"unknown option: {option}");
                default:
                    named.AddRange(Named(args[i]));
                    break;
            }
        return parsed with { Rows = named.Count > 0 ? named : all };

        int Number(int least, int most) =>
            ++i < args.Length
            && int.TryParse(args[i], NumberStyles.None, CultureInfo.InvariantCulture, out var n)
            && n >= least
            && n <= most
                ? n
                : throw new FormatException(
                    $"{args[Math.Min(i, args.Length) - 1]} wants a number from {least} to {most}"
                );

        IEnumerable<Row> Named(string name)
        {
            var found = all.Where(r =>
                    r.Name == name || r.Name.StartsWith(name + "-", StringComparison.Ordinal)
                )
                .ToList();
            return found.Find(r => r.Name == name) is { } exact ? [exact]
                : found.Count > 0 ? found
                : throw new FormatException(
                    $"there is no row {name}; hack/chaos --list prints all"
                );
        }
    }
}
