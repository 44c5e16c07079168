using System.Globalization;
using WaOperator.Benchmarks.WhatsApp.Report;
using WaOperator.Benchmarks.WhatsApp.World;

namespace WaOperator.Benchmarks.WhatsApp.Parts;

/// <summary>Whether the pod's live heap stays where it was while messages go through one session.</summary>
internal static class LiveHeap
{
    private const int WarmUp = 2_000;
    private const int More = 24_000;
    private const double Allowed = 0.05;
    private const int BetweenLooks = 5;

    // After a load threads of the pool retire within 20 s, with the buffers that they keep.
    private const int Still = 30;
    private const int AtMost = 120;
    private const long Noise = 16 * 1024;

    public static async Task RunAsync(Setup setup)
    {
        setup.Table.Part("live heap");
        using var runtime = Peer.Runtime(setup.World.Simulator);
        await using var peer = await Peer.PairAsync(runtime, setup.World);
        TaskCompletionSource<long>? asked = null;
        var pod = PodProcess.Start(
            [typeof(LiveHeap).Assembly.Location, "heap-pod"],
            setup.World,
            line =>
            {
                if (line.StartsWith("heap ", StringComparison.Ordinal))
                    asked?.TrySetResult(long.Parse(line[5..], CultureInfo.InvariantCulture));
            },
            // Memory counts as short, so that each collection empties the runtime's pools of buffers: what no one holds is not alive, and
            // otherwise goes for minutes, as many as the threads that the last load happened to need.
            new Dictionary<string, string> { ["DOTNET_GCHighMemPercent"] = "1" }
        );
        await using ISender sender = await OurSender.StartAsync(setup, pod);
        async Task<long> LookAsync()
        {
            asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
            await pod.WriteAsync("heap");
            return await asked.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }
        async Task<long> HeapAsync()
        {
            var (least, passed, stood) = (await LookAsync(), 0, 0);
            while (passed < setup.Options.Scaled(AtMost) && stood < setup.Options.Scaled(Still))
            {
                await Pause.ForAsync(TimeSpan.FromSeconds(BetweenLooks));
                passed += BetweenLooks;
                var look = await LookAsync();
                stood = look < least - Noise ? 0 : stood + BetweenLooks;
                least = Math.Min(least, look);
            }
            return least;
        }
        await peer.SendAsync(sender.Jid, 1);
        await sender.LoadAsync(setup.World, peer.Jid, setup.Options.Scaled(WarmUp), 16);
        var before = await HeapAsync();
        await sender.LoadAsync(setup.World, peer.Jid, setup.Options.Scaled(More), 16);
        var after = await HeapAsync();
        var change = (double)(after - before) / before;
        setup.Table.Add(
            new($"live heap after {setup.Options.Scaled(WarmUp)} messages", "MB", before / 1e6)
        );
        setup.Table.Add(
            new($"live heap after {setup.Options.Scaled(More)} more", "MB", after / 1e6)
        );
        setup.Table.Aim(
            "live heap stays where it was, in %",
            "5 % at most",
            100 * change,
            Math.Abs(change) <= Allowed
        );
    }
}
