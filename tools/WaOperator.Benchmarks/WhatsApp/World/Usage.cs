using System.Globalization;

namespace WaOperator.Benchmarks.WhatsApp.World;

/// <summary>What processes take of the machine, as the kernel counts it.</summary>
internal static class Usage
{
    private const double TicksPerSecond = 100;

    /// <summary>Resident memory in bytes.</summary>
    public static long Resident(int pid) =>
        long.Parse(
            File.ReadLines($"/proc/{pid}/status")
                .First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture
        ) * 1024;

    /// <summary>CPU seconds of a process since its start.</summary>
    public static double Cpu(int pid) => Times(pid).Own;

    /// <summary>CPU seconds of a process, those of its living descendants, and of all that have ended.</summary>
    public static double CpuOfTree(int pid)
    {
        var children = Processes()
            .GroupBy(process => process.Parent)
            .ToDictionary(group => group.Key, group => group.Select(p => p.Pid).ToList());
        var sum = 0.0;
        var open = new Stack<int>([pid]);
        while (open.TryPop(out var next))
        {
            var (own, ended) = Times(next);
            sum += own + ended;
            foreach (var child in children.GetValueOrDefault(next) ?? [])
                open.Push(child);
        }
        return sum;
    }

    private static IEnumerable<(int Pid, int Parent)> Processes()
    {
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (
                int.TryParse(
                    Path.GetFileName(folder),
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var pid
                ) && Stat(pid) is { } stat
            )
                yield return (pid, int.Parse(stat[1], CultureInfo.InvariantCulture));
        }
    }

    private static (double Own, double Ended) Times(int pid)
    {
        if (Stat(pid) is not { } stat)
            return default;
        double Seconds(int first) =>
            (
                double.Parse(stat[first], CultureInfo.InvariantCulture)
                + double.Parse(stat[first + 1], CultureInfo.InvariantCulture)
            ) / TicksPerSecond;
        return (Seconds(11), Seconds(13));
    }

    /// <summary>The fields behind the name, which may hold spaces; null for a process that has gone.</summary>
    private static string[]? Stat(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
