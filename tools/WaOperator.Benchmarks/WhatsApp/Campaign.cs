using WaOperator.Benchmarks.WhatsApp.Parts;
using WaOperator.Benchmarks.WhatsApp.Report;
using WaOperator.Benchmarks.WhatsApp.World;

namespace WaOperator.Benchmarks.WhatsApp;

/// <summary>One run: one machine, one simulator, one PostgreSQL.</summary>
internal static class Campaign
{
    public static async Task<int> RunAsync(string[] args)
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
        var table = new Table(Console.Out, "whatsapp");
        await using (var world = await BenchWorld.StartAsync(options))
        {
            var setup = new Setup(options, world, table);
            (string Name, Func<Setup, Task> Run)[] parts =
            [
                // Those with many sessions last: the simulator never forgets a device.
                ("sends", Sends.RunAsync),
                ("heap", LiveHeap.RunAsync),
                ("start", ColdStart.RunAsync),
                ("memory", IdleMemory.RunAsync),
            ];
            foreach (var (name, run) in parts)
            {
                if (options.Has(name))
                    await run(setup);
            }
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
