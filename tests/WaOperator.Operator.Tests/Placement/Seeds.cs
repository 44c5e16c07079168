using System.Globalization;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Placement;

/// <summary>Runs a check with many seeds that differ from run to run. A failure names its seed.</summary>
internal static class Seeds
{
    /// <summary>Set to a number, it is the only seed: reproduces a failure.</summary>
    private const string Variable = "WA_TEST_SEED";

    public static void Check(ITestOutputHelper output, int cases, Action<Random> check)
    {
        var fixedSeed = Environment.GetEnvironmentVariable(Variable);
        var first = fixedSeed is { Length: > 0 }
            ? int.Parse(fixedSeed, CultureInfo.InvariantCulture)
            : Environment.TickCount & 0xFFFFFF;
        if (fixedSeed is { Length: > 0 })
            cases = 1;
        output.WriteLine($"seeds {first} to {first + cases - 1}; {Variable} repeats one");
        for (var seed = first; seed < first + cases; seed++)
            try
            {
                check(new Random(seed));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"fails with seed {seed}: {e.Message}", e);
            }
    }
}
