using System.Globalization;

namespace WaOperator.Ownership.Campaigns;

/// <summary>
/// Processor time of this process and of all that descend from it, PostgreSQL and owners, ended ones too: unlike the time that passes
/// it can be compared between a busy machine and a quiet one.
/// </summary>
internal static class Effort
{
    private const double TicksPerSecond = 100; // USER_HZ, of every Linux

    /// <summary>Used so far.</summary>
    public static TimeSpan Spent()
    {
        var all = Directory
            .EnumerateDirectories("/proc")
            .Where(d => char.IsAsciiDigit(Path.GetFileName(d)[0]))
            .Select(Read)
            .OfType<(int Pid, int Parent, long Ticks)>()
            .ToArray();
        var children = all.ToLookup(p => p.Parent);
        var sum = all.Where(p => p.Pid == Environment.ProcessId).Sum(p => p.Ticks);
        var open = new Queue<int>([Environment.ProcessId]);
        while (open.TryDequeue(out var pid))
            foreach (var child in children[pid])
            {
                sum += child.Ticks;
                open.Enqueue(child.Pid);
            }
        return TimeSpan.FromSeconds(sum / TicksPerSecond);
    }

    private static (int Pid, int Parent, long Ticks)? Read(string directory)
    {
        string text;
        try
        {
            text = File.ReadAllText(directory + "/stat");
        }
        catch (IOException)
        {
            // It has ended meanwhile; its parent has its time now.
            return null;
        }
        // pid (name) state parent …; of what stands behind the name 11 to 14 are user and system time, its own and of ended children.
        var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return (
            Number(Path.GetFileName(directory)),
            Number(fields[1]),
            fields[11..15].Sum(f => (long)Number(f))
        );
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
