using System.Globalization;
using WaOperator.Interop.Clients;
using WaOperator.Interop.Rows;

namespace WaOperator.Interop;

/// <summary>The command line: which columns and rows to run.</summary>
public sealed record Arguments
{
    private const int MaxFlood = 10_000;

    private HashSet<string> Pairs { get; init; } = [];
    private List<string> RowParts { get; init; } = [];

    /// <summary>How many messages each side sends in a flood. Default 200; 1 to 10,000.</summary>
    public int Flood { get; private init; } = 200;

    /// <summary>How much the clients of others, pods and gateway log: silent, debug, trace.</summary>
    public string LogLevel { get; private init; } = "silent";

    /// <summary>Reads the command line.</summary>
    /// <exception cref="FormatException">It is wrong; says how.</exception>
    public static Arguments Parse(IReadOnlyList<string> args)
    {
        var arguments = new Arguments();
        for (var i = 0; i < args.Count; i += 2)
        {
            if (i + 1 == args.Count)
                throw new FormatException($"{args[i]} needs a value");
            var value = args[i + 1];
            arguments = args[i] switch
            {
                "--pairs" => arguments with { Pairs = [.. value.Split(',')] },
                "--rows" => arguments with { RowParts = [.. value.Split(',')] },
                "--log" => arguments with { LogLevel = value },
                "--flood" => arguments with { Flood = Number(args[i], value) },
                _ => throw new FormatException(
                    $"unknown option {args[i]}; there are --pairs ours-rc14,rc14-rc14 --rows text,retry --flood 1000 --log debug"
                ),
            };
        }
        return arguments;
    }

    private static int Number(string option, string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && number is >= 1 and <= MaxFlood
            ? number
            : throw new FormatException($"{option} must be 1 to {MaxFlood}");

    /// <summary>Whether to run a pair.</summary>
    public bool Wants(Release one, Release other) => Pairs.Count == 0 || Names(one, other);

    /// <summary>Whether a pair was asked for by its name.</summary>
    public bool Names(Release one, Release other) => Pairs.Contains($"{one.Name()}-{other.Name()}");

    /// <summary>Whether to run a row: all, or those with one of the words in their names.</summary>
    public bool Wants(Row row) =>
        RowParts.Count == 0
        || RowParts.Exists(part => row.Name.Contains(part, StringComparison.OrdinalIgnoreCase));
}
