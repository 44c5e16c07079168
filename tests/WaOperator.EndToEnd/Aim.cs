using System.Diagnostics;
using System.Globalization;
using WaOperator.Testing;

namespace WaOperator.EndToEnd;

/// <summary>
/// A time that is measured and written down beside its aim, and never asserted. hack/test prints what was written.
/// </summary>
internal static class Aim
{
    private static readonly string File = Path.Combine(
        Shell.Root,
        "artifacts",
        "test-results",
        "aims.txt"
    );

    public static void Print(string what, long since, double aimSeconds)
    {
        var took = Stopwatch.GetElapsedTime(since).TotalSeconds;
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        System.IO.File.AppendAllText(
            File,
            string.Create(
                CultureInfo.InvariantCulture,
                $"aim: {what}: {took:0.0} s (aim {aimSeconds:0} s, {(took <= aimSeconds ? "reached" : "missed")})\n"
            )
        );
    }
}
