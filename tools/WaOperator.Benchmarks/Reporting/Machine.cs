using System.Globalization;
using System.Runtime.InteropServices;

namespace WaOperator.Benchmarks.Reporting;

/// <summary>What a measurement was taken on.</summary>
internal static class Machine
{
    public static string Describe()
    {
        var model = File.ReadLines("/proc/cpuinfo")
            .FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
            ?.Split(':')[1]
            .Trim();
        var load = File.ReadAllText("/proc/loadavg").Split(' ')[0];
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Environment.ProcessorCount} cores ({model ?? "unknown"}), {RuntimeInformation.FrameworkDescription}, load {load} at the start"
        );
    }
}
