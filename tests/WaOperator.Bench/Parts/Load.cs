using System.Diagnostics;
using WaOperator.Bench.World;

namespace WaOperator.Bench.Parts;

/// <summary>What some messages took.</summary>
/// <param name="Messages">How many.</param>
/// <param name="Seconds">How long until the server had acked all.</param>
/// <param name="Cpu">CPU seconds of the client's process.</param>
/// <param name="DatabaseCpu">CPU seconds of PostgreSQL.</param>
internal sealed record Load(int Messages, double Seconds, double Cpu, double DatabaseCpu)
{
    public double PerSecond => Messages / Seconds;

    public double PerCpuSecond => Messages / Math.Max(0.01, Cpu);

    public double CpuMs => 1000 * Cpu / Messages;

    public double DatabaseCpuMs => 1000 * DatabaseCpu / Messages;

    /// <summary>Measures until a count of the simulator has grown by the number of messages.</summary>
    /// <param name="world">Where.</param>
    /// <param name="pid">The client's process.</param>
    /// <param name="messages">How many messages the work makes.</param>
    /// <param name="counts">The phones whose counts tell, and which count.</param>
    /// <param name="work">Sends them.</param>
    public static async Task<Load> OfAsync(
        BenchWorld world,
        int pid,
        int messages,
        (IReadOnlyList<string> Phones, string What) counts,
        Func<Task> work
    )
    {
        async Task<long> SumAsync()
        {
            var sum = 0L;
            foreach (var phone in counts.Phones)
                sum += await world.Simulator.CountAsync(phone, counts.What);
            return sum;
        }
        var wanted = await SumAsync() + messages;
        var (cpu, database) = (Usage.Cpu(pid), Usage.CpuOfTree(world.Postgres.Pid!.Value));
        var watch = Stopwatch.StartNew();
        await work();
        await Testing.Eventually.True(
            $"{messages} messages are through ({counts.What})",
            async () => await SumAsync() >= wanted,
            TimeSpan.FromMinutes(5)
        );
        return new(
            messages,
            watch.Elapsed.TotalSeconds,
            Usage.Cpu(pid) - cpu,
            Usage.CpuOfTree(world.Postgres.Pid.Value) - database
        );
    }
}
