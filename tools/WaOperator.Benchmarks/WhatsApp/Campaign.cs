using WaOperator.Benchmarks.WhatsApp.Parts;
using WaOperator.Benchmarks.WhatsApp.Report;
using WaOperator.Benchmarks.WhatsApp.World;

namespace WaOperator.Benchmarks.WhatsApp;

/// <summary>One run: one machine, one simulator, one PostgreSQL.</summary>
internal static class Campaign
{
    // Those with many sessions last: the simulator never forgets a device.
    private static readonly (string Name, Func<Setup, Task> Run)[] Parts =
    [
        ("sends", Sends.RunAsync),
        ("heap", LiveHeap.RunAsync),
        ("start", ColdStart.RunAsync),
        ("memory", IdleMemory.RunAsync),
    ];

    public static Task<int> RunAsync(string[] args) => RunAsync("whatsapp", args, Parts);

    /// <summary>Runs the parts that are asked for, and prints the table.</summary>
    /// <param name="name">The benchmark.</param>
    /// <param name="args">See <see cref="BenchOptions"/>.</param>
    /// <param name="parts">All that there are.</param>
    /// <returns>The exit status.</returns>
    public static async Task<int> RunAsync(
        string name,
        string[] args,
        IReadOnlyList<(string Name, Func<Setup, Task> Run)> parts
    )
    {
        BenchOptions options;
        try
        {
            options = BenchOptions.Parse(args);
        }
        catch (FormatException e)
        {
            await Console.Error.WriteLineAsync($"bench: {e.Message}");
            return 2;
        }
        var table = new Table(Console.Out, name);
        await using (var world = await BenchWorld.StartAsync(options))
        {
            var setup = new Setup(options, world, table);
            foreach (var (part, run) in parts)
                if (options.Has(part))
                    await run(setup);
        }
        table.Finish();
        return 0;
    }
}

/// <summary>What the parts work with.</summary>
internal sealed record Setup(BenchOptions Options, BenchWorld World, Table Table)
{
    /// <summary>The published pod.</summary>
    public PodProcess StartPod() => PodProcess.Start([Options.Pod], World);
}
