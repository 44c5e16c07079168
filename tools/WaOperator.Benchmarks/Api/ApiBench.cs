using WaOperator.Benchmarks.Api.Parts;
using WaOperator.Benchmarks.WhatsApp;
using WaOperator.Benchmarks.WhatsApp.Report;
using WaOperator.Benchmarks.WhatsApp.World;

namespace WaOperator.Benchmarks.Api;

/// <summary>The tenant API through the gateway, beside direct calls of the pod and beside Baileys behind the thinnest HTTP server.</summary>
internal static class ApiBench
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
        var table = new Table(Console.Out, "api");
        await using (var world = await BenchWorld.StartAsync(options))
        {
            var setup = new Setup(options, world, table);
            (string Name, Func<Setup, Task> Run)[] parts =
            [
                ("latency", AddedLatency.RunAsync),
                ("sends", DurableSends.RunAsync),
                ("rate", Rate.RunAsync),
                ("streams", Streams.RunAsync),
                ("media", Transfers.RunAsync),
            ];
            foreach (var (name, run) in parts)
                if (options.Has(name))
                    await run(setup);
        }
        table.Finish();
        return 0;
    }
}
