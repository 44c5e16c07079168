using System.Diagnostics;
using System.Globalization;

namespace WaOperator.EndToEnd;

/// <summary>A time that is measured and printed beside its aim, and never asserted.</summary>
internal static class Aim
{
    public static void Print(string what, long since, double aimSeconds)
    {
        var took = Stopwatch.GetElapsedTime(since).TotalSeconds;
        Console.Error.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"aim: {what}: {took:0.0} s (aim {aimSeconds:0} s, {(took <= aimSeconds ? "reached" : "missed")})"
            )
        );
    }
}
