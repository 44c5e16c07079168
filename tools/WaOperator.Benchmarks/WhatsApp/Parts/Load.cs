using System.Diagnostics;
using WaOperator.Benchmarks.WhatsApp.World;

namespace WaOperator.Benchmarks.WhatsApp.Parts;

/// <summary>What some messages took.</summary>
/// <param name="Messages">How many.</param>
/// <param name="Seconds">How long until the server had acked all.</param>
/// <param name="Cpu">CPU seconds of the client's process.</param>
/// <param name="DatabaseCpu">CPU seconds of PostgreSQL.</param>
/// <param name="RestCpu">CPU seconds of the rest: the simulator, and this process with the callers and those that are written to.</param>
internal sealed record Load(
    int Messages,
    double Seconds,
    double Cpu,
    double DatabaseCpu,
    double RestCpu
)
{
    public double PerSecond => Messages / Seconds;

    public double PerCpuSecond => Messages / Math.Max(0.01, Cpu);

    public double CpuMs => 1000 * Cpu / Messages;

    public double DatabaseCpuMs => 1000 * DatabaseCpu / Messages;

    public double RestCpuMs => 1000 * RestCpu / Messages;

    /// <summary>Measures until a count of the simulator has grown by the number of messages.</summary>
    /// <param name="world">Where.</param>
    /// <param name="pid">The client's process.</param>
    /// <param name="messages">How many messages the work makes.</param>
    /// <param name="phones">Whose count decides; no others may do the same meanwhile.</param>
    /// <param name="what">Which count.</param>
    /// <param name="work">Sends them.</param>
    public static async Task<Load> OfAsync(
        BenchWorld world,
        int pid,
        int messages,
        IReadOnlyList<string> phones,
        string what,
        Func<Task> work
    )
    {
        Task<long> CountAsync() =>
            phones.Count == 1
                ? world.Simulator.CountAsync(phones[0], what)
                : world.Simulator.CountAsync(what);
        (double Client, double Database, double Others) Cpu() =>
            (
                Usage.Cpu(pid),
                Usage.CpuOfTree(world.Postgres.Pid!.Value),
                Usage.Cpu(world.Simulator.Pid) + Usage.Cpu(Environment.ProcessId)
            );
        var wanted = await CountAsync() + messages;
        var before = Cpu();
        var watch = Stopwatch.StartNew();
        await work();
        await Testing.Eventually.True(
            $"{messages} messages are through ({what})",
            async () => await CountAsync() >= wanted,
            TimeSpan.FromMinutes(5)
        );
        var seconds = watch.Elapsed.TotalSeconds;
        var after = Cpu();
        return new(
            messages,
            seconds,
            after.Client - before.Client,
            after.Database - before.Database,
            after.Others - before.Others
        );
    }
}
