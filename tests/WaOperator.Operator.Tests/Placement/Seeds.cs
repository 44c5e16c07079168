using System.Globalization;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Placement;

/// <summary>
/// Runs a check with many seeds that differ from run to run. A failure names its seed. Before a change of what placement decides,
/// run many more of them, as <c>WA_TEST_TIMES=20 dotnet test --filter Placement</c>: what fails once in 20,000 cases fails in someone
/// else's run.
/// </summary>
internal static class Seeds
{
    /// <summary>Set to a number, it is the only seed: reproduces a failure.</summary>
    private const string Seed = "WA_TEST_SEED";

    /// <summary>Set to a number, so many times as many cases are run; 1 without.</summary>
    private const string Times = "WA_TEST_TIMES";

    /// <summary>Runs <paramref name="check"/>.</summary>
    /// <param name="output">Where it says which seeds it takes.</param>
    /// <param name="cases">How many.</param>
    /// <param name="check">The check of one case; all that is random in it comes from its argument.</param>
    /// <param name="always">Seeds that failed once and are tried in every run.</param>
    public static void Check(
        ITestOutputHelper output,
        int cases,
        Action<Random> check,
        params int[] always
    )
    {
        if (Number(Seed) is { } only)
        {
            Try(only, check);
            return;
        }
        foreach (var seed in always)
            Try(seed, check);
        var first = Environment.TickCount & 0xFFFFFF;
        cases *= Number(Times) ?? 1;
        output.WriteLine($"seeds {first} to {first + cases - 1}; {Seed} repeats one");
        for (var seed = first; seed < first + cases; seed++)
            Try(seed, check);
    }

    private static void Try(int seed, Action<Random> check)
    {
        try
        {
            check(new Random(seed));
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"fails with seed {seed}: {e.Message}", e);
        }
    }

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : null;
}
