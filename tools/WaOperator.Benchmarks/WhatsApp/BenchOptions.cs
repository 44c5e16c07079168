using System.Globalization;

namespace WaOperator.Benchmarks.WhatsApp;

/// <summary>What is measured, and with which programs.</summary>
internal sealed record BenchOptions
{
    /// <summary>The session pod as it is published: WaOperator.SessionPod.dll.</summary>
    public required string Pod { get; init; }

    /// <summary>The simulator as it is published.</summary>
    public required string Simulator { get; init; }

    /// <summary>baileys.mjs.</summary>
    public required string Driver { get; init; }

    /// <summary>The folder with Baileys' package.json.</summary>
    public required string Packages { get; init; }

    /// <summary>Only these parts. Default all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>A tenth of everything: to see that it works. Its figures say little.</summary>
    public bool Quick { get; init; }

    /// <summary>Memory: without Baileys, for work on our own.</summary>
    public bool OursOnly { get; init; }

    /// <summary>Whether a part is to be measured.</summary>
    public bool Has(string part) => Only.Count == 0 || Only.Contains(part, StringComparer.Ordinal);

    /// <summary>A count, or a tenth of it.</summary>
    public int Scaled(int count) => Quick ? Math.Max(1, count / 10) : count;

    /// <exception cref="FormatException">Says what is wrong.</exception>
    public static BenchOptions Parse(string[] args)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var (quick, oursOnly) = (false, false);
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] == "--quick")
                quick = true;
            else if (args[i] == "--ours-only")
                oursOnly = true;
            else if (
                i + 1 < args.Length
                && args[i] is "--pod" or "--simulator" or "--driver" or "--packages" or "--only"
            )
                values[args[i]] = args[++i];
            else
                throw new FormatException(
                    string.Create(CultureInfo.InvariantCulture, $"unknown option {args[i]}")
                );
        }
        string Required(string name) =>
            values.TryGetValue(name, out var value)
                ? value
                : throw new FormatException($"{name} is missing");
        return new()
        {
            Pod = Required("--pod"),
            Simulator = Required("--simulator"),
            Driver = Required("--driver"),
            Packages = Required("--packages"),
            Only = values.TryGetValue("--only", out var only) ? only.Split(',') : [],
            Quick = quick,
            OursOnly = oursOnly,
        };
    }
}
